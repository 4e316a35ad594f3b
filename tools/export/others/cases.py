"""What every maker of exports writes: a folder as its tool leaves it, and the case beside it."""

import json
import shutil
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path

import numpy
import onnxruntime
from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
PICTURES = [ROOT / "plugins/vehicle-damage/fixtures/pictures" / name for name in ("wide.jpg", "tall.png", "large.jpg")]
LABELS = ["bus", "car", "motorcycle", "truck", "van"]


class Case:
    """One export: fill `folder`, then `write`."""

    def __init__(self, root: Path, tool: str, model: str, variant: str, like: str, **about):
        self.root, self.name = root, f"{tool}-{model}-{variant}".replace(" ", "-").replace("=", "-").replace(",", "").lower()
        self.about = {"tool": tool, "model": model, "variant": variant, "like": like, **about}
        self.folder = root / self.name
        self.asked: list[dict] = []
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.with_name(f"{self.name}.json").unlink(missing_ok=True)
        self.folder.mkdir(parents=True)

    def ask(self, task: str, subject, answer: dict, *flags: str) -> None:
        self.asked.append({"task": task, "input": str(subject), "flags": list(flags), "answer": answer})

    def write(self) -> None:
        (self.root / f"{self.name}.json").write_text(json.dumps({**self.about, "asked": self.asked}) + "\n")


@contextmanager
def attempt(root: Path, tool: str, model: str, variant: str, like: str, **about):
    """A case that is written where its export succeeds; a tool that cannot is told, and stops nothing."""
    case = Case(root, tool, model, variant, like, **about)
    try:
        yield case
        case.write()
        print("made", case.name, flush=True)
    except Exception as error:  # noqa: BLE001 what tools throw is of any kind
        shutil.rmtree(case.folder, ignore_errors=True)
        print("NOT MADE", case.name, f"{type(error).__name__}: {error}"[:300], file=sys.stderr, flush=True)
        if "--trace" in sys.argv:
            traceback.print_exc()


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def softmax(values: numpy.ndarray) -> numpy.ndarray:
    raised = numpy.exp(values.astype(numpy.float64) - values.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def scores(labels, values) -> dict:
    return {"labels": {str(label): float(value) for label, value in zip(labels, values, strict=True)}}


def picture(path: Path) -> Image.Image:
    return Image.open(path).convert("RGB")


def normalised(path: Path, size: int, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)) -> numpy.ndarray:
    """torchvision's Resize((size, size)), ToTensor and Normalize of a Pillow picture, `[1, 3, size, size]`."""
    levels = numpy.asarray(picture(path).resize((size, size), Image.Resampling.BILINEAR), numpy.float32) / numpy.float32(255)
    return numpy.ascontiguousarray((((levels - numpy.float32(mean)) / numpy.float32(std)).transpose(2, 0, 1))[None])
