"""What transformers' warpers leave of scores, for the draws of the text kit.

    python warped_scores.py

Writes `packages/text/fixtures/warped-scores.json`: for each configuration the indices that stay of float32 scores, which
the test makes from the same integers.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from transformers import MinPLogitsWarper, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper, TypicalLogitsWarper

sys.path.append(str(Path(__file__).parents[1] / "vision"))
from integer_stream import mix

FIXTURES = Path(__file__).parents[3] / "packages" / "text" / "fixtures"
CONFIGURATIONS = [
    dict(temperature=0.7), dict(top_k=5), dict(top_p=0.9), dict(top_p=0.3), dict(min_p=0.1), dict(typical_p=0.5), dict(typical_p=0.95),
    dict(temperature=1.8, top_k=40, top_p=0.95), dict(temperature=0.5, top_k=20, top_p=0.8, min_p=0.05, typical_p=0.9), dict(top_p=0.0), dict(top_k=1),
]
WARPERS = dict(temperature=TemperatureLogitsWarper, top_k=TopKLogitsWarper, top_p=TopPLogitsWarper, min_p=MinPLogitsWarper, typical_p=TypicalLogitsWarper)


def scores(seed):
    """float32 [1, 97] in -5..5, no two alike."""
    values = mix([seed * 1_000 + i for i in range(97)]) % 100_003
    return torch.tensor((values.astype("float64") - 50_000) / 10_000, dtype=torch.float32)[None]


if __name__ == "__main__":
    cases = []
    for options in CONFIGURATIONS:
        for seed in range(12):
            warped = scores(seed)
            for name, value in options.items():
                warped = WARPERS[name](value)(torch.zeros(1, 1, dtype=torch.long), warped)
            kept = torch.isfinite(warped[0]).nonzero()[:, 0].tolist()
            cases.append(dict(config=options, seed=seed, kept=kept, highest=round(warped.max().item(), 5)))
    written = dict(made_with=dict(torch=torch.__version__, transformers=transformers.__version__), cases=cases)
    (FIXTURES / "warped-scores.json").write_text(json.dumps(written) + "\n")
