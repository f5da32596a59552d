"""Builds the native part of @tensorflow/tfjs-node from the tensorflow-cpu wheel. See README.md beside this file."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

# The last series whose libraries export the whole C API and need no Python.
TENSORFLOW = "2.15.1"
LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]
HEADERS = ("tensorflow/include/tensorflow/", "tensorflow/include/tsl/")
# Everything that is unpacked, together.
MOST_BYTES = 2 << 30
ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "packages/runtime-tfjs/node_modules/@tensorflow/tfjs-node"


def download(folder: Path) -> Path:
    """The wheel from the package index that pip is configured for; which Python it is for doesn't matter."""
    command = [sys.executable, "-m", "pip", "download", f"tensorflow-cpu=={TENSORFLOW}", "--no-deps", "--dest", str(folder)]
    options = ["--only-binary=:all:", "--python-version", "3.11", "--platform", "manylinux2014_x86_64"]
    subprocess.run([*command, *options], check=True)
    return next(folder.glob("tensorflow_cpu-*.whl"))


def wanted(name: str) -> PurePosixPath | None:
    """Where a file of the wheel goes below deps/, or None for those that stay where they are."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        return None
    if path.parent == PurePosixPath("tensorflow") and path.name in LIBRARIES:
        return PurePosixPath("lib") / path.name
    if name.startswith(HEADERS) and path.suffix == ".h":
        return PurePosixPath("include") / path.relative_to("tensorflow/include")
    return None


def unpack(wheel: Path, deps: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        members = [(info, wanted(info.filename)) for info in archive.infolist() if not info.is_dir()]
        picked = [(info, target) for info, target in members if target is not None]
        size = sum(info.file_size for info, _ in picked)
        if size > MOST_BYTES:
            raise SystemExit(f"{wheel.name} unpacks to {size} bytes, expected at most {MOST_BYTES}.")
        found = {target.name for _, target in picked}
        missing = [name for name in LIBRARIES if name not in found]
        if missing:
            raise SystemExit(f"{wheel.name} has no {', '.join(missing)}; expected a tensorflow-cpu {TENSORFLOW} wheel for Linux.")
        for info, target in picked:
            path = deps / target
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(info) as source, open(path, "wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)


def node_headers() -> Path:
    """The headers that came with the node on the PATH."""
    executable = subprocess.run(["node", "-p", "process.execPath"], check=True, capture_output=True, text=True).stdout
    folder = Path(executable.strip()).resolve().parents[1] / "include/node"
    if not (folder / "node_api.h").exists():
        raise SystemExit(f"No node_api.h in {folder}. Name the folder of Node's headers with --node-headers.")
    return folder


def compile_binding(package: Path, headers: Path, target: Path) -> None:
    sources = [str(package / "binding" / name) for name in ("tfjs_backend.cc", "tfjs_binding.cc")]
    command = [
        os.environ.get("CXX", "g++"), "-shared", "-fPIC", "-O2", "-std=c++17", "-fexceptions",
        "-DNAPI_VERSION=8", "-DNODE_GYP_MODULE_NAME=tfjs_binding", "-DBUILDING_NODE_EXTENSION",
        f"-I{package}", f"-I{package / 'deps/include'}", f"-I{headers}", *sources,
        f"-L{package / 'deps/lib'}", *(f"-l:{name}" for name in LIBRARIES),
        "-Wl,-rpath,$ORIGIN/../../deps/lib", "-o", str(target),
    ]
    subprocess.run(command, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path, help="a tensorflow-cpu wheel that is here already")
    parser.add_argument("--package", type=Path, default=PACKAGE, help="folder of @tensorflow/tfjs-node")
    parser.add_argument("--node-headers", type=Path, help="folder with node_api.h")
    options = parser.parse_args()
    package = options.package.resolve()
    manifest = json.loads((package / "package.json").read_text())
    if manifest["name"] != "@tensorflow/tfjs-node":
        raise SystemExit(f"{package} holds {manifest['name']}, expected @tensorflow/tfjs-node.")
    headers = options.node_headers or node_headers()
    with tempfile.TemporaryDirectory() as temporary:
        unpack(options.wheel or download(Path(temporary)), package / "deps")
    target = package / "lib/napi-v8/tfjs_binding.node"
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    compile_binding(package, headers, partial)
    partial.replace(target)
    # Loading it is the proof: a symbol that the library lacks shows here.
    subprocess.run(["node", "-e", "require(process.argv[1])", str(target)], check=True)
    print(f"Built {target.relative_to(package)} of @tensorflow/tfjs-node {manifest['version']}.")


if __name__ == "__main__":
    main()
