"""GET /export: a million rows as NDJSON, in constant memory."""

from itertools import islice

from answers import number
from lambda_stream import Response

ROWS = 1_000_000
ROWS_PER_CHUNK = 1_000  # some 40 KB: small enough to keep, large enough to be worth a chunk


def handle(request):
    """`?rows=` asks for fewer."""
    rows = number(request.query.get("rows", ROWS), "rows", 1, ROWS)
    headers = {
        "content-type": "application/x-ndjson",
        "content-disposition": 'attachment; filename="export.ndjson"',
    }
    return Response(chunks(lines(rows)), headers=headers)


def lines(rows):
    """One row after the other, as a cursor would bring them."""
    for n in range(rows):
        yield f'{{"n":{n},"square":{n * n}}}\n'


def chunks(pieces):
    """Many rows in one piece: each yield is a chunk on the wire, and a chunk for each row would be mostly framing."""
    while block := "".join(islice(pieces, ROWS_PER_CHUNK)):
        yield block
