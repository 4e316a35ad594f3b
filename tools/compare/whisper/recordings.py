"""Two hundred recordings for a Whisper to hear, by espeak-ng and sox: WAV of 16 bits, mono, at 16 kHz.

    python recordings.py FOLDER

Speech of several voices and speeds, in noise, with pauses, in other languages than English, music-like sounds, noise, silence,
and a few that are longer than a window of thirty seconds. Made from one seed: every run makes the same bytes.
"""

import random
import subprocess
import sys
from pathlib import Path

RATE = "16000"
SENTENCES = [
    "The meeting begins at nine, and nobody may be late.",
    "Ask not what your country can do for you.",
    "Stella brought six spoons of fresh snow peas from the store.",
    "We counted three thousand two hundred and fifteen boats.",
    "Is this the road to the harbour? No, it is not.",
    "Please write that down before you forget it.",
    "The rain stopped, so the children ran outside.",
    "My telephone number is five five five, one two three four.",
    "Yes. No. Perhaps tomorrow.",
    "An old man walked slowly up the hill with his dog.",
    "In nineteen sixty nine people landed on the moon.",
    "He said it would cost forty dollars, and she laughed.",
]
ELSEWHERE = {
    "de": ["Der Zug nach Berlin fährt heute von Gleis sieben.", "Und so weiter, und so fort."],
    "fr-fr": ["Le marché ouvre demain matin à huit heures.", "Je voudrais deux cafés, s'il vous plaît."],
    "es": ["Mañana vamos a la playa con los niños.", "¿Dónde está la biblioteca?"],
    "it": ["La porta è chiusa, ma la finestra è aperta."],
    "pt-br": ["O livro está em cima da mesa."],
    "nl": ["De fiets staat buiten in de regen."],
    "pl": ["Dzień dobry, proszę bilet do Krakowa."],
    "ru": ["Сегодня на улице очень холодно.", "Да и нет."],
    "cmn": ["今天天气很好。", "你好，请坐。"],
    "ja": ["これはペンです。"],
    "hi": ["मेरा नाम राम है।"],
    "tr": ["Bugün hava çok güzel."],
}
VOICES = ["en-us", "en-gb", "en-gb-scotland", "en-us-nyc", "en-gb-x-rp", "en-us+f3", "en-gb+m4", "en-us+whisper", "en-us+croak"]


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Maker:
    def __init__(self, folder: Path):
        self.folder = folder
        self.parts = folder / "parts"
        self.parts.mkdir(parents=True, exist_ok=True)
        self.random = random.Random(11)
        self.count = 0

    def part(self) -> str:
        self.count += 1
        return str(self.parts / f"{self.count}.wav")

    def speech(self, voice: str, text: str) -> str:
        raw, made = self.part(), self.part()
        run("espeak-ng", "-v", voice, "-s", str(self.random.randint(120, 210)), "-p", str(self.random.randint(20, 80)), "-w", raw, text)
        run("sox", "-R", raw, "-r", RATE, "-c", "1", "-b", "16", made, "gain", "-n", str(-self.random.randint(1, 12)))
        return made

    def english(self) -> str:
        return self.speech(self.random.choice(VOICES), self.random.choice(SENTENCES))

    def sound(self, *synth: str) -> str:
        made = self.part()
        run("sox", "-R", "-n", "-r", RATE, "-c", "1", "-b", "16", made, "synth", *synth)
        return made

    def pause(self, seconds: float) -> str:
        made = self.part()
        run("sox", "-R", "-n", "-r", RATE, "-c", "1", "-b", "16", made, "trim", "0", f"{seconds:.3f}")
        return made

    def noise(self, seconds: float, volume: float) -> str:
        return self.sound(f"{seconds:.3f}", self.random.choice(["whitenoise", "pinknoise", "brownnoise"]), "vol", f"{volume:.3f}")

    def music(self, seconds: float) -> str:
        kind = self.random.choice(["pluck", "sine", "sawtooth", "triangle"])
        chord = self.random.choice([["G2", "D3", "G3"], ["C3", "E3", "G3"], ["A2", "C3", "E3"]])
        voices = [word for note in chord for word in (kind, note)]
        return self.sound(f"{seconds:.3f}", *voices, "remix", "-", "tremolo", str(self.random.randint(2, 7)), "60", "fade", "h", "0.1", f"{seconds:.3f}", "0.3", "vol", "0.4")

    def write(self, name: str, *parts: str) -> None:
        run("sox", "-R", *parts, "-D", "-b", "16", str(self.folder / f"{name}.wav"))

    def mixed(self, name: str, speech: str, other: str) -> None:
        run("sox", "-R", "-m", "-v", "0.8", speech, other, "-D", "-b", "16", str(self.folder / f"{name}.wav"))

    def all(self) -> None:
        between = self.random.uniform
        for i in range(60):
            self.write(f"speech-{i:02d}", self.english())
        for i in range(40):
            spoken = [part for _ in range(self.random.randint(1, 2)) for part in (self.pause(between(0.3, 4)), self.english())]
            self.write(f"pauses-{i:02d}", *spoken, self.pause(between(0.1, 3)))
        for i in range(30):
            self.mixed(f"noisy-{i:02d}", self.english(), self.noise(between(2, 6), between(0.005, 0.2)))
        for i in range(12):
            self.write(f"noise-{i:02d}", self.noise(between(0.5, 6), between(0.01, 0.5)))
        for i in range(12):
            self.write(f"music-{i:02d}", self.music(between(1, 6)))
        for i in range(8):
            self.write(f"silence-{i:02d}", self.pause(between(0.05, 6)))
        others = [(voice, text) for voice, texts in ELSEWHERE.items() for text in texts]
        for i in range(32):
            voice, text = others[i % len(others)]
            self.write(f"{voice}-{i:02d}", self.speech(voice, text))
        self.write("long-0", self.english(), self.pause(12), self.english(), self.noise(9, 0.02), self.english(), self.pause(4))
        self.write("long-1", *[self.english() for _ in range(12)])
        self.write("long-2", self.music(10), self.english(), self.english(), self.pause(14), self.english())
        self.write("long-3", self.english(), self.pause(40), self.english())
        self.mixed("long-4", self.joined([self.english() for _ in range(11)]), self.noise(36, 0.01))
        self.write("long-5", self.pause(33), self.english())

    def joined(self, parts: list[str]) -> str:
        made = self.part()
        run("sox", "-R", *parts, "-D", "-b", "16", made)
        return made


if __name__ == "__main__":
    maker = Maker(Path(sys.argv[1]))
    maker.all()
    for file in maker.parts.iterdir():
        file.unlink()
    maker.parts.rmdir()
    print(len(list(maker.folder.glob("*.wav"))), "recordings in", maker.folder)
