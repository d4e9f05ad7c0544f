"""The styles of a report page: one sheet, two sets of colours. Pure."""

from __future__ import annotations

from functools import cache

_SHEET = """
:root{color-scheme:light;--bg:#fff;--fg:#1f2328;--soft:#656d76;--line:#d9dde3;--code:#f6f8fa;
  --bad:#b3261e;--badbg:#fdecea;--mark:#0b57d0}
%DARK%
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);
  font:13px/1.55 system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
main{max-width:1080px;margin:0 auto;padding:12px 16px 48px}
section{margin:10px 0;padding-left:10px;border-left:3px solid var(--mark)}
section.setup{border-left-color:var(--soft)}
section.generated{border-left-color:var(--line)}
h1,h2,h3,h4{margin:.5em 0 .3em;line-height:1.25}
p{margin:.5em 0}
section.title{border:0;padding:0}
section.failed{border-left-color:var(--bad);background:var(--badbg);padding:6px 10px;border-radius:3px}
section:target{outline:2px solid var(--mark);outline-offset:3px}
.label{font-size:11px;color:var(--soft)}
.failed>.label{color:var(--bad);font-weight:600}
summary{cursor:pointer;color:var(--soft);font-size:12px}
.prompt,.anchor-link,.output_prompt,.input_prompt,.out_prompt_overlay,.prompt_container{display:none}
pre,code{font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{margin:0;padding:6px 8px;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
.input_area pre,.highlight pre{background:var(--code);border-radius:3px;white-space:pre;overflow-wrap:normal}
.output_stderr pre{color:var(--soft)}
.output_error pre{color:var(--fg);background:var(--badbg)}
.output_html,.output_png,.output_jpeg,.output_svg,.output_markdown,.rendered_html{overflow-x:auto;padding:4px 8px}
img,svg{max-width:100%;height:auto}
.output_png img,.output_jpeg img,.output_svg svg{background:#fff}
table{border-collapse:collapse;border:0;font-size:12px}
td,th{padding:2px 8px;border:0;border-bottom:1px solid var(--line);text-align:right}
th{font-weight:600}
a{color:var(--mark)}
"""
_DARK = (
    ":root{color-scheme:dark;--bg:#16191d;--fg:#e6e8eb;--soft:#9aa4af;--line:#343b44;--code:#1f242b;--bad:#ff8a80;"
    "--badbg:#3a1f1e;--mark:#8ab4f8}"
)


@cache
def style(theme: str) -> str:
    """Return the sheet for ``light``, ``dark``, or ``auto``, which does as the browser says."""
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

    def code(name: str, scope: str = "") -> str:
        found: str = HtmlFormatter(style=name).get_style_defs(f"{scope}.highlight")
        lines = (line for line in found.splitlines() if "background" not in line.partition("{")[2] or ".err" in line)
        return "\n".join(lines)

    light, dark = code("xcode"), code("github-dark")
    bright = {"light": "", "dark": _DARK, "auto": f"@media (prefers-color-scheme:dark){{{_DARK}}}"}[theme]
    sheet = _SHEET.replace("%DARK%", bright)
    colours = {"light": light, "dark": dark, "auto": f"{light}\n@media (prefers-color-scheme:dark){{\n{dark}\n}}"}
    return f"{sheet}\n{_ansi()}\n{colours[theme]}"


def _ansi() -> str:
    """Terminal colours that can be read on both grounds."""
    names = {
        "black": "var(--fg)",
        "red": "#d1453b",
        "green": "#2e9e5b",
        "yellow": "#b58900",
        "blue": "#3b82d6",
        "magenta": "#b45bd0",
        "cyan": "#1f97a8",
        "white": "var(--soft)",
    }
    rules = [
        f".ansi-{name}-fg,.ansi-{name}-intense-fg{{color:{value}}}.ansi-{name}-bg{{outline:1px solid var(--line)}}"
        for name, value in names.items()
    ]
    return "".join(rules) + ".ansi-bold{font-weight:700}.ansi-underline{text-decoration:underline}"
