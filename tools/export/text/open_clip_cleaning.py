"""What open_clip makes of texts before they are tokenised.

    python open_clip_cleaning.py      # after tokenizer_ids.py, whose texts it reads

Writes `packages/text/fixtures/open-clip.json`: texts of its own with the three results of each, and for the 3,000 texts of
`texts.json` a hash of each `canonicalize`d one; where ftfy takes a text for one in the wrong encoding, which the kit does
not, the hash is "-".
"""

import hashlib
import json
from pathlib import Path

import ftfy
import open_clip
from open_clip.tokenizer import _clean_canonicalize, _clean_lower, _clean_whitespace

FIXTURES = Path(__file__).parents[3] / "packages" / "text" / "fixtures"
TEXTS = [
    "a photo of a_cat, isn't it?", "  Tabs\tand\nlines \r\n end ", "fish &amp; chips &amp;amp; peas", "&lt;b&gt;bold&lt;/b&gt; &NTILDE; &ntilde; &#233; &#x41; &nosuch; &amp",
    "<p>&eacute;</p> &eacute;", "“curly” ‘quotes’ ʼn", "ﬁsh ﬂag oﬃce ĳs", "ＦＵＬＬ　ｗｉｄｔｈ！ ｶﾞｷﾞ", "ΟΔΟΣ ΣΟΦΟΣ", "İstanbul", "e\u0301tude", "\x1b[31mred\x1b[0m", "a\u2028b\u2029c\u0085d",
    "bell\x07 null\x00 bom\ufeff", "x\x80y\x93z\x94", "price: $5 (50% off!) #sale @shop", "[brackets] {braces} ~tilde~ `tick` ^ | \\ /", "日本語、テスト。", "मराठी", "👩‍👩‍👧 family", "", "   ", "_", "a\x1cb",
]


def hash_of(value):
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:6]


def is_plain(text):
    return ftfy.fix_text(text) == ftfy.fix_text(text, fix_encoding=False)


if __name__ == "__main__":
    assert all(map(is_plain, TEXTS))
    texts = json.loads((FIXTURES / "tokenizers" / "texts.json").read_text())
    hashes = [hash_of(_clean_canonicalize(text)) if is_plain(text) else "-" for text in texts]
    print("of", len(texts), "texts ftfy takes for wrongly decoded:", hashes.count("-"))
    written = {
        "made_with": {"open_clip": open_clip.__version__, "ftfy": ftfy.__version__},
        "texts": [dict(text=text, whitespace=_clean_whitespace(text), lower=_clean_lower(text), canonicalize=_clean_canonicalize(text)) for text in TEXTS],
        "canonicalized": " ".join(hashes),
    }
    (FIXTURES / "open-clip.json").write_text(json.dumps(written, indent=0) + "\n")
