"""What a lab's start costs because of us, measured in the browser."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from urllib.parse import urlparse

from playwright.sync_api import Browser, Response

from tests.browser.lab import Lab, Window

# Puts a clock around our modules' evaluation and our plugins' `activate` before the lab gets hold of them.
CLOCK = """
(() => {
  const told = (window.__mlopsStart = { modules: 0, plugins: {} });
  const timed = (work, tell) => {
    const began = performance.now();
    try { return work(); } finally { tell(performance.now() - began); }
  };
  const clocked = plugin => {
    const { id, activate } = plugin;
    plugin.activate = (...args) => timed(() => activate.apply(plugin, args), ms => {
      told.plugins[id] = (told.plugins[id] ?? 0) + ms;
    });
  };
  let container;
  const labs = (window._JUPYTERLAB = window._JUPYTERLAB ?? {});
  Object.defineProperty(labs, 'jupyter-mlops', {
    configurable: true, enumerable: true,
    get: () => container,
    set: given => {
      container = { init: scope => given.init(scope), get: async name => {
        const factory = await given.get(name);
        return () => {
          const exports = timed(factory, ms => { told.modules += ms; });
          if (name === './extension') [exports.default].flat().forEach(clocked);
          return exports;
        };
      } };
    },
  });
})();
"""


@dataclass(frozen=True)
class Start:
    """One start.

    Attributes
    ----------
    files
        of ours that were loaded, with their size after gzip.
    plugins
        how long each one's `activate` kept the main thread, in ms.
    """

    files: dict[str, int]
    modules_ms: float
    plugins: dict[str, float]

    @property
    def activation_ms(self) -> float:
        return sum(self.plugins.values())


def started(lab: Lab, chrome: Browser) -> Start:
    """Start the lab in a fresh browser context and say what of that is ours."""
    context = chrome.new_context()
    try:
        page = context.new_page()
        page.add_init_script(CLOCK)
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))
        window = Window(lab, page)
        window.open()
        # What comes a moment later is part of the start as well.
        page.wait_for_load_state("networkidle")
        told = page.evaluate("window.__mlopsStart")
        files = {
            urlparse(answer.url).path.rsplit("/", 1)[-1]: len(gzip.compress(answer.body(), 6))
            for answer in answers
            if "/extensions/jupyter-mlops/" in answer.url
        }
        return Start(files, told["modules"], told["plugins"])
    finally:
        context.close()
