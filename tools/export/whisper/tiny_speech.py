"""Small graphs that find loud sound, with the tensors of Silero's, and what faster-whisper makes of them. Runs under requirements.txt.

    python tiny_speech.py CHECKPOINT

CHECKPOINT, a folder, gets the tiny Whisper `attended`. Writes plugins/whisper/fixtures/speech: silero_vad_frames.onnx, which takes many frames at a time as faster-whisper's silero_vad_v6
does, silero_vad_streaming.onnx, which takes one after the other as silero-vad's own does, and speech.json: their probabilities, the
spans of `get_speech_timestamps`, and the text of the speech alone by openai/whisper and `restore_speech_timestamps`.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import onnxruntime
import torch
from faster_whisper import vad
from faster_whisper.transcribe import restore_speech_timestamps
from onnx import TensorProto, helper, numpy_helper
from openai_references import References, rounded, told
from tiny_whisper import FIXTURES, SEEDS, write_tiny_checkpoint
from whisper_references import mono

RATE, FRAME, CONTEXT = 16000, 512, 64
FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64
# How much of what is remembered is the frame before.
KEPT = 0.4
QUESTIONS = {
    "usual": {},
    "short silences": {"min_silence_duration_ms": 100, "speech_pad_ms": 30},
    "halved silences": {"min_silence_duration_ms": 100, "speech_pad_ms": 150},
    "long speech": {"min_silence_duration_ms": 100, "speech_pad_ms": 0, "min_speech_duration_ms": 250},
    "cut": {"min_silence_duration_ms": 400, "speech_pad_ms": 20, "max_speech_duration_s": 0.9},
    "sure": {"threshold": 0.55, "neg_threshold": 0.45, "min_silence_duration_ms": 60, "speech_pad_ms": 33.3},
}


def loudness(source: str) -> list[onnx.NodeProto]:
    """`source`, frames with what is before them, to the `energy` of each, 0 to 1: [frames, 1]."""
    return [
        helper.make_node("Slice", [source, "from", "to", "axis"], ["frame"]),
        helper.make_node("ReduceL2", ["frame", "axis"], ["length"], keepdims=1),
        helper.make_node("Log", ["length"], ["logarithm"]),
        helper.make_node("Mul", ["logarithm", "slope"], ["sloped"]),
        helper.make_node("Sigmoid", ["sloped"], ["energy"]),
    ]


def constants(**values) -> list[TensorProto]:
    return [numpy_helper.from_array(np.array(value), name) for name, value in values.items()]


def written(name: str, nodes: list, inputs: list, outputs: list, **more) -> Path:
    # The context is heard: a recording whose frames are out of place sounds otherwise.
    values = constants(**{"from": [32], "to": [CONTEXT + FRAME], "axis": [1], "slope": np.float32(1.3)}, **more)
    graph = helper.make_graph(nodes, name, inputs, outputs, values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model)
    path = FIXTURES / "speech" / f"{name}.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def tensor(name: str, kind: int, shape: list) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def many_frames() -> Path:
    """A frame is louder by what the block before it ended with, which `h` and `c` hold."""
    memory = [1, 1, 8]
    nodes = [
        *loudness("input"),
        helper.make_node("ReduceMean", ["h"], ["before"], keepdims=0),
        helper.make_node("Mul", ["before", "kept"], ["echo"]),
        helper.make_node("Reshape", ["energy", "flat"], ["energies"]),
        helper.make_node("Sub", ["one", "kept"], ["fresh"]),
        helper.make_node("Mul", ["energies", "fresh"], ["own"]),
        helper.make_node("Add", ["own", "echo"], ["speech_probs"]),
        helper.make_node("Slice", ["energies", "last", "end", "first"], ["ending"]),
        helper.make_node("Expand", ["ending", "size"], ["hn"]),
        helper.make_node("Identity", ["c"], ["cn"]),
    ]
    return written(
        "silero_vad_frames", nodes, [tensor("input", FLOAT, ["frames", CONTEXT + FRAME]), tensor("h", FLOAT, memory), tensor("c", FLOAT, memory)],
        [tensor("speech_probs", FLOAT, ["frames"]), tensor("hn", FLOAT, memory), tensor("cn", FLOAT, memory)],
        kept=np.float32(KEPT), one=np.float32(1), flat=[-1], last=[-1], end=[2**31 - 1], first=[0], size=memory,
    )


def one_frame() -> Path:
    nodes = [
        *loudness("input"),
        helper.make_node("ReduceMean", ["state"], ["before"], keepdims=0),
        helper.make_node("Cast", ["sr"], ["rate"], to=FLOAT),
        helper.make_node("Div", ["rate", "hertz"], ["known"]),
        helper.make_node("Mul", ["before", "kept"], ["echo"]),
        helper.make_node("Sub", ["known", "kept"], ["fresh"]),
        helper.make_node("Mul", ["energy", "fresh"], ["own"]),
        helper.make_node("Add", ["own", "echo"], ["output"]),
        helper.make_node("Expand", ["output", "size"], ["stateN"]),
    ]
    return written(
        "silero_vad_streaming", nodes, [tensor("input", FLOAT, ["batch", "samples"]), tensor("state", FLOAT, [2, "batch", 8]), tensor("sr", INT, [])],
        [tensor("output", FLOAT, ["batch", 1]), tensor("stateN", FLOAT, [2, "batch", 8])],
        kept=np.float32(KEPT), hertz=np.float32(RATE), size=[2, 1, 8],
    )


def streamed(path: Path, samples: np.ndarray) -> np.ndarray:
    """One frame after the other, each after the end of the one before."""
    session = onnxruntime.InferenceSession(path)
    state, before, made = np.zeros((2, 1, 8), "float32"), np.zeros(CONTEXT, "float32"), []
    padded = np.pad(samples, (0, FRAME - len(samples) % FRAME))
    padded[-CONTEXT:] = 0
    for frame in padded.reshape(-1, FRAME):
        output, state = session.run(None, {"input": np.concatenate([before, frame])[None], "state": state, "sr": np.array(RATE)})
        before = frame[-CONTEXT:]
        made.append(output[0, 0])
    return np.array(made)


class InBlocks(vad.SileroVADModel):
    """Of 512 frames and a memory of eight, for graphs that remember less than Silero's."""

    def __call__(self, audio: np.ndarray) -> np.ndarray:
        frames = audio.reshape(-1, FRAME)
        context = np.roll(frames[:, -CONTEXT:].copy(), 1, 0)
        frames[-1, -CONTEXT:] = context[0] = 0
        memory, made = np.zeros((2, 1, 1, 8), "float32"), []
        for first in range(0, len(frames), 512):
            block = np.concatenate([context, frames], 1)[first : first + 512]
            output, h, c = self.session.run(None, {"input": block, "h": memory[0], "c": memory[1]})
            memory = np.stack([h, c])
            made.append(output)
        return np.concatenate(made)


def restored(references: References, samples: np.ndarray, spans: list[dict], words: bool) -> list[dict]:
    if not spans:
        return []
    made = told(references.answer(vad.collect_chunks(samples, spans)[0][0], {"word_timestamps": words}))
    segments = [SimpleNamespace(**{**segment, "words": [SimpleNamespace(**word) for word in segment.get("words", [])]}) for segment in made["segments"]]
    return [{**vars(segment), "words": [vars(word) for word in segment.words]} for segment in restore_speech_timestamps(segments, spans, RATE)]


def main() -> None:
    torch.set_num_threads(1)
    (FIXTURES / "speech").mkdir(exist_ok=True)
    frames, streaming = many_frames(), one_frame()
    checkpoint = Path(sys.argv[1])
    write_tiny_checkpoint(next(seed for seed, size in SEEDS.items() if size["name"] == "attended"), checkpoint)
    references = References(checkpoint)
    model = InBlocks(str(frames))
    vad.get_vad_model = lambda: model
    recordings = {}
    for path in sorted((FIXTURES / "recordings").glob("*.wav")):
        samples = mono(path, RATE)
        padded = np.pad(samples, (0, FRAME - len(samples) % FRAME))
        spans = {name: {"asked": asked, "spans": vad.get_speech_timestamps(samples, **asked)} for name, asked in QUESTIONS.items()}
        # More than one block: the same recording many times over.
        many = np.tile(samples, 1 + 600 * FRAME // len(samples))
        recordings[path.stem] = {
            "frames": [float(p) for p in model(padded)], "streaming": [float(p) for p in streamed(streaming, samples)], "spans": spans,
            "repeated": {"times": 1 + 600 * FRAME // len(samples), "spans": vad.get_speech_timestamps(many, **QUESTIONS["short silences"])},
        }
        for name in ("usual", "short silences"):
            spans[name]["segments"] = restored(references, samples, [dict(span) for span in spans[name]["spans"]], words=False)
            spans[name]["with words"] = restored(references, samples, [dict(span) for span in spans[name]["spans"]], words=True)
        print(path.stem, {name: [(s["start"], s["end"]) for s in one["spans"]] for name, one in spans.items()})
    (FIXTURES / "speech" / "speech.json").write_text(json.dumps(rounded({"recordings": recordings}), separators=(",", ":"), ensure_ascii=False).replace('},"', '},\n"') + "\n")


if __name__ == "__main__":
    with torch.no_grad():
        main()
