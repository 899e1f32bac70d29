"""The lines that Lambda writes itself."""

from __future__ import annotations

import json

from localaws.execution.platform_log import PlatformLog, Usage

TEXT = PlatformLog("$LATEST", as_json=False)
JSON = PlatformLog("3", as_json=True)
COLD = Usage(duration_ms=12.345, init_ms=100.0, memory_mb=128, max_memory_used_mb=40)
WARM = Usage(duration_ms=12.0, init_ms=None, memory_mb=128, max_memory_used_mb=40)
RESTORED = Usage(duration_ms=12.0, init_ms=None, memory_mb=128, max_memory_used_mb=40, restore_ms=70.5)
NOW = 1_795_154_828.9


def test_text_lines() -> None:
    """Byte for byte as Lambda prints them."""
    assert TEXT.start("id", NOW) == "START RequestId: id Version: $LATEST"
    assert TEXT.end("id") == ["END RequestId: id"]
    assert TEXT.report("id", COLD, NOW, "success") == (
        "REPORT RequestId: id\tDuration: 12.35 ms\tBilled Duration: 113 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 40 MB\tInit Duration: 100.00 ms\t"
    )
    assert TEXT.report("id", WARM, NOW, "success").endswith("Max Memory Used: 40 MB\t")
    assert TEXT.timed_out("id", 3, NOW) == "2026-11-20T06:07:08.900Z id Task timed out after 3.00 seconds"
    assert TEXT.failed("id", "gone") == "RequestId: id Error: gone"


def test_json_lines() -> None:
    """One record each; END has none."""
    assert json.loads(JSON.start("id", NOW)) == {
        "time": "2026-11-20T06:07:08.900Z",
        "type": "platform.start",
        "record": {"requestId": "id", "version": "3"},
    }
    assert JSON.end("id") == []
    report = json.loads(JSON.report("id", COLD, NOW, "timeout"))["record"]
    assert report["status"] == "timeout"
    assert report["metrics"]["initDurationMs"] == 100.0
    assert "initDurationMs" not in json.loads(JSON.report("id", WARM, NOW, "success"))["record"]["metrics"]


def test_a_restore_has_a_line_and_stands_in_the_report() -> None:
    """In either form."""
    assert TEXT.restored(70.5, NOW, "success") == "RESTORE_REPORT Restore Duration: 70.50 ms"
    assert TEXT.restored(70.5, NOW, "error") == "RESTORE_REPORT Restore Duration: 70.50 ms\tStatus: error"
    assert json.loads(JSON.restored(70.5, NOW, "success")) == {
        "time": "2026-11-20T06:07:08.900Z",
        "type": "platform.restoreReport",
        "record": {"status": "success", "metrics": {"durationMs": 70.5}},
    }
    assert TEXT.report("id", RESTORED, NOW, "success").endswith("40 MB\tRestore Duration: 70.50 ms\t")
    assert json.loads(JSON.report("id", RESTORED, NOW, "success"))["record"]["metrics"]["restoreDurationMs"] == 70.5
