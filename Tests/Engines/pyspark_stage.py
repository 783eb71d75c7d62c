#!/usr/bin/env python3
"""Runs `midstream scan --stage` as a stage of Apache Spark, with a worker that dies.

10 000 captures, made from those in `Corpus`, go through `pipe` in 8 partitions. In the middle of a partition, its Python
worker is killed, so that Spark runs the task again. The lines must be those of a run without Spark.

    pip install pyspark
    python3 Tests/Engines/pyspark_stage.py [--midstream PATH] [--captures N]

Without PySpark or Java, the script says so and exits with status 0.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTITIONS = 8

# The stage as Spark runs it: the command, and before it the accident. The first task to run passes some names to the
# command, whose lines Spark receives; then it kills the Python worker, its parent, in the middle of the partition.
WRAPPER = """#!/bin/sh
if mkdir {accident} 2>/dev/null; then
    head -n 300 | {midstream} scan --stage --no-summary
    kill -9 $PPID
    exit 1
fi
exec {midstream} scan --stage --no-summary
"""


def make_captures(folder, count):
    """Links or copies the captures of the corpus under `count` names."""
    sources = sorted(
        path
        for name in ("captures", "faults", "recordings")
        for path in (ROOT / "Corpus" / name).rglob("*")
        if path.is_file() and path.suffix in (".sse", ".http", ".trace", ".txt") and path.stat().st_size < 100_000
    )
    paths = []
    for number in range(count):
        source = sources[number % len(sources)]
        path = folder / f"{number:05}-{source.name}"
        try:
            os.link(source, path)
        except OSError:
            shutil.copyfile(source, path)
        paths.append(str(path))
    return paths


def plain_run(midstream, paths):
    """The lines of a run without an engine."""
    command = [midstream, "scan", "--stage", "--no-summary"]
    result = subprocess.run(command, input="\n".join(paths) + "\n", capture_output=True, text=True, check=True)
    return result.stdout.splitlines()


def spark_run(wrapper, paths, failures):
    """The lines of a run by Spark on two cores."""
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master(f"local[2,{failures}]")
        .appName("midstream scan --stage")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    context = session.sparkContext
    context.setLogLevel("OFF")
    try:
        return context.parallelize(paths, PARTITIONS).pipe(str(wrapper), checkCode=True).collect(), context.version
    finally:
        session.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--midstream", default=str(ROOT / ".build/debug/midstream"), help="the command to run")
    parser.add_argument("--captures", type=int, default=10_000, help="the number of captures")
    options = parser.parse_args()
    try:
        import pyspark  # noqa: F401
    except ImportError:
        print("skipped: PySpark is not installed; run pip install pyspark")
        return 0
    if not shutil.which("java"):
        print("skipped: Java is not installed; install a Java runtime, version 17 or later")
        return 0
    if not os.access(options.midstream, os.X_OK):
        print(f"{options.midstream} does not exist; run swift build, or name the command with --midstream")
        return 1
    midstream = str(pathlib.Path(options.midstream).resolve())
    with tempfile.TemporaryDirectory(prefix="midstream-engine-") as name:
        folder = pathlib.Path(name)
        (folder / "captures").mkdir()
        paths = make_captures(folder / "captures", options.captures)
        start = time.monotonic()
        expected = plain_run(midstream, paths)
        print(f"plain run: {len(expected)} lines in {time.monotonic() - start:.1f} s")
        accident = folder / "accident"
        wrapper = folder / "stage"
        wrapper.write_text(WRAPPER.format(accident=accident, midstream=midstream))
        wrapper.chmod(0o755)
        start = time.monotonic()
        lines, version = spark_run(wrapper, paths, 4)
        print(f"Spark {version}, {PARTITIONS} partitions: {len(lines)} lines in {time.monotonic() - start:.1f} s")
        if not accident.exists():
            print("no worker was killed")
            return 1
        print("a worker was killed in mid-partition, and its task was run again")
        if len(expected) != options.captures or sorted(lines) != sorted(expected):
            missing, extra = set(expected) - set(lines), set(lines) - set(expected)
            print(f"the lines differ: {len(missing)} are missing, {len(extra)} are not expected")
            return 1
        print("the lines are the same")
        return 0


if __name__ == "__main__":
    sys.exit(main())
