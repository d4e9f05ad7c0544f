"""Whether a literal text is a secret: by its own form, or by the name it is given and what it looks like. Pure.

A name says "secret" when its last words do: ``db_password`` and ``apiKey``, but not ``tokenizer``, ``pad_token`` or
``password_field``. What people choose themselves (a password) needs no more than to be no placeholder; what a machine
gives out (a key, a token) looks like chance: long enough, letters with digits, no words.
"""

from __future__ import annotations

import math
import re
from collections import Counter

_FORMS = re.compile(
    r"(A[SK]IA[0-9A-Z]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|xox[abeprs]-[\w-]{10,}|(sk|rk|pk)[-_](live|test|proj|ant)[-_][\w-]{10,}|sk-[A-Za-z0-9]{16,}"
    r"|hf_[A-Za-z0-9]{16,}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{40,}"
    r"|dapi[0-9a-f]{32}|dop_v1_[0-9a-f]{40,}|SG\.[\w-]{16,}\.[\w-]{16,}|(gsk|r8)_[A-Za-z0-9]{20,}"
    r"|hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{16,}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})"
)
_BEGIN = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_WITH_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@]*:([^\s/@]+)@[^\s/]+", re.IGNORECASE)
_BEARER = re.compile(r"(?:Bearer|Token|Basic)\s+(\S{16,})")

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# What may stand behind the words of a name that say "secret".
_TAILS = frozenset({"prod", "production", "dev", "staging", "live", "test", "value", "default", "old", "new", "str"})
_CHOSEN = (("password",), ("passwd",), ("pwd",), ("passphrase",), ("passwort",), ("secret",), ("pass", "word"))
_GIVEN = (
    ("token",), ("api", "key"), ("apikey",), ("access", "key"), ("private", "key"), ("secret", "key"), ("auth", "key"),
    ("account", "key"), ("encryption", "key"), ("signing", "key"), ("service", "key"), ("license", "key"),
    ("subscription", "key"), ("credential",), ("credentials",), ("bearer",), ("webhook",), ("webhook", "url"),
    ("github", "pat"), ("gitlab", "pat"), ("azure", "pat"),
)  # fmt: skip
# Tokens of texts and of markup, not of doors.
_TEXT_TOKENS = frozenset(
    "pad padding eos bos sos unk unknown sep separator mask cls special start end begin stop image text next prev"
    " previous last first current word sub oov input output target source blank dummy prompt control newline extra"
    " split class audio vision video tool think answer question each every any one max min num".split()
)
_PLACEHOLDERS = re.compile(
    r"your|xxx|\*\*\*|\.\.\.|change ?(me|it|this)|example|placeholder|dummy|redacted|notset|foobar|password"
    r"|passwd|secret|\b(my|fake|insert|replace|todo|fixme|here|hidden|removed|sample|demo|mock|enter|type|please|goes|paste|fill|none"
    r"|null|na|tbd|unset|not|omitted|masked|lorem|foo|bar|test|testing|some|token|key|api|abc|the)\b"
)
_PLAIN_WORDS = frozenset(
    "admin administrator guest root user username postgres mysql string default plaintext bcrypt hidden anonymous field"
    " input label column text true false empty required optional minio neo4j elastic grafana airflow jupyter".split()
)
_TEMPLATE = re.compile(r"\A[<\[({$%@].*|.*\$\{|.*\{\{|.*%\(|.*\{\w*\}", re.DOTALL)
_REFERENCE = re.compile(r"\A(env|vault|arn|ssm|op|keyring|secretsmanager|projects|os\.environ|file|gs|s3|ref)[:./\[]")
_PATH = re.compile(
    r"\A(\.{0,2}[/\\]|~|[A-Za-z]:[/\\])|\.(json|txt|pem|key|ya?ml|env|toml|ini|cfg|csv|py|crt|cer|p12)\Z"
)
_RUNS = ("0123456789012345", "abcdefghijklmnopqrstuvwxyz", "9876543210", "qwertyuiop", "zyxwvutsrqponm")


def has_secret_form(text: str) -> bool:
    """Whether a text is in a form that only secrets have, whatever it is called.

    >>> has_secret_form("ghp_16C7e42F292c6912E7710c838347Ae178B4a"), has_secret_form("sk-learn-intro")
    (True, False)
    """
    if _BEGIN.search(text):
        return True
    if len(text) > 2000:
        return False
    found = _FORMS.fullmatch(text.strip()) or _FORMS.search(text)
    if found is not None:
        return not _is_filler(found.group())
    inside = _WITH_PASSWORD.search(text) or _BEARER.match(text)
    if inside is None:
        return False
    word = inside.group(1)
    is_shown = _is_template(word) or _is_filler(word) or _is_placeholder(word) or word.lower() in _PLAIN_WORDS
    return not is_shown and len(word) > 3


def is_secret(name: str, text: str) -> bool:
    """Whether a text that is given to this name is a secret.

    >>> is_secret("password", "hunter2"), is_secret("tokenizer", "bert-base-uncased"), is_secret("api_key", "YOUR_KEY")
    (True, False, False)
    """
    kind = _kind_of(name)
    value = text.strip()
    if not kind or len(value) < 6 or len(value) > 5000 or "\n" in value.strip("\n"):
        return False
    if _is_template(value) or _REFERENCE.match(value) or _PATH.search(value) or "://" in value:
        return False
    return _is_chosen(value) if kind == "chosen" else _is_given(value)


def says_secret(name: str) -> str:
    """Return ``chosen`` for a name of a password, ``given`` for one of a key or a token, else an empty text.

    >>> says_secret("db_password"), says_secret("apiKey"), says_secret("pad_token")
    ('chosen', 'given', '')
    """
    return _kind_of(name)


def _kind_of(name: str) -> str:
    words = [word.lower() for word in _WORDS.findall(name)]
    while words and (words[-1].isdecimal() or (words[-1] in _TAILS and len(words) > 1)):
        words.pop()
    for kind, endings in (("chosen", _CHOSEN), ("given", _GIVEN)):
        for ending in endings:
            if tuple(words[-len(ending) :]) == ending:
                before = words[-len(ending) - 1 : -len(ending)]
                return "" if ending == ("token",) and before and before[0] in _TEXT_TOKENS else kind
    return ""


def _is_template(value: str) -> bool:
    return _TEMPLATE.match(value) is not None


def _is_placeholder(value: str) -> bool:
    low = value.lower()
    return _PLACEHOLDERS.search(low) is not None or _PLACEHOLDERS.search(re.sub("[^a-z]+", " ", low)) is not None


def _is_filler(value: str) -> bool:
    """Whether a text only shows where a secret goes."""
    bare = re.sub(r"[^A-Za-z0-9]", "", value)
    rest = bare[bare.find("_") + 1 :].lower()
    most = Counter(rest).most_common(1)
    is_one_letter = not rest or most[0][1] > 0.6 * len(rest)
    return is_one_letter or "EXAMPLE" in value.upper() or "xxxx" in rest or "your" in rest


def _is_chosen(value: str) -> bool:
    """Whether it is a password that somebody chose, and not a word of the program."""
    words = value.split()
    if len(words) > 4 or _is_placeholder(value) or value.lower() in _PLAIN_WORDS or _is_run(value):
        return False
    if value.isupper() and "_" in value:
        return False  # the name of a variable
    return len(set(value)) > 2


def _is_given(value: str) -> bool:
    """Whether it looks like chance: long enough, letters with digits, and no words."""
    if re.search(r"\s", value) or not re.fullmatch(r"[\x21-\x7e]+", value) or _is_run(value) or _is_filler(value):
        return False
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", value) if part]
    if all(_is_word(part) for part in parts) or (len(value) < 24 and _is_placeholder(value)):
        return False
    has_digit, has_letter = any(c.isdigit() for c in value), any(c.isalpha() for c in value)
    if has_digit and has_letter:
        return len(value) >= 8 and _entropy(value) >= 2.5
    return has_letter and len(value) >= 20 and _entropy(value) >= 3.5 and not value.islower() and not value.isupper()


def _is_word(part: str) -> bool:
    """Whether a part of a text reads like a word, a number or a version: ``base``, ``Uncased``, ``7b``, ``v2``."""
    return re.fullmatch(r"[A-Z]?[a-z]{1,14}\d{0,2}|[A-Z]{1,12}\d{0,2}|v?\d{1,4}[a-z]?|[a-z]+\d[a-z]?", part) is not None


def _is_run(value: str) -> bool:
    """Whether it is a row of the keyboard or of the alphabet."""
    low = value.lower()
    return any(low in run or low in run[::-1] for run in _RUNS) or len(set(low)) <= 2


def _entropy(value: str) -> float:
    """Return the entropy of the letters of a text, in bits per letter."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())
