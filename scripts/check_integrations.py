#!/usr/bin/env python3
"""Runs what other tools run: the action's steps, the GitLab job, the hook's pattern, completions, man pages, the wheel.

    scripts/check_integrations.py [--binary PATH] [--wheel]

Wants PyYAML, bash and groff. The services themselves are not here: their files are parsed, held to the members that the
services document, and their shell is run on the sample product with awkward file names. `--wheel` builds a wheel with
maturin and runs it from a fresh environment.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import venv

import yaml

TOP = pathlib.Path(__file__).resolve().parent.parent
SAMPLE = TOP / "fixtures" / "sample"
FAILED = []


def held(what, is_held, detail=""):
    """Says what was looked at."""
    print(f"{'ok' if is_held else 'FAILED'}: {what}{'' if is_held else f': {detail}'}")
    if not is_held:
        FAILED.append(what)


def bash(script, folder, binary, extra):
    """Runs a shell script as a service does, with permaudit on the path."""
    path = f"{binary.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PERMAUDIT_CONFIG": "", **extra}
    environment.pop("PERMAUDIT_CONFIG")
    return subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=folder,
                          env=environment, capture_output=True, text=True, check=False)


def product(folder):
    """The sample under names that a careless script would break."""
    shutil.copy(SAMPLE / "app.apk", folder / "my app $(id).apk")
    shutil.copy(SAMPLE / "privacy.md", folder / "privacy statement.md")
    shutil.copy(SAMPLE / "privacy.zh.md", folder / "privacy.zh.md")


def action(binary, folder):
    """The composite action."""
    content = yaml.safe_load((TOP / "action.yml").read_text(encoding="utf-8"))
    held("action.yml has the members of a composite action",
         {"name", "description", "inputs", "outputs", "runs"} <= content.keys()
         and content["runs"]["using"] == "composite"
         and all(step.get("shell") for step in content["runs"]["steps"] if "run" in step))
    text = (TOP / "action.yml").read_text(encoding="utf-8")
    used = set(re.findall(r"inputs\.([a-z]+)", text))
    held("every input of the action is used and declared", used == set(content["inputs"]), used ^ set(content["inputs"]))
    held("no input reaches a shell but through the environment",
         all("${{" not in step.get("run", "") for step in content["runs"]["steps"]))
    product(folder)
    step = next(step for step in content["runs"]["steps"] if step.get("id") == "check")
    values = {"packages": "my app $(id).apk", "statements": "privacy statement.md\nprivacy.zh.md\n", "arguments": "--no-config",
              "sarif": "out.sarif", "html": "out.html", "summary": "true"}
    extra = {name: values[re.search(r"inputs\.([a-z]+)", value).group(1)] for name, value in step["env"].items()}
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        extra[name] = str(folder / name)
        (folder / name).touch()
    run = bash(step["run"], folder, binary, extra)
    held("the action's check ends with the code of permaudit", run.returncode == 1, run.stderr)
    held("it annotates", "::error file=privacy statement.md" in run.stdout, run.stdout[:300])
    held("it says the code", (folder / "GITHUB_OUTPUT").read_text() == "exit-code=1\n")
    held("it fills the summary", "### Findings" in (folder / "GITHUB_STEP_SUMMARY").read_text(encoding="utf-8"))
    held("it writes both reports", (folder / "out.sarif").stat().st_size > 1000 < (folder / "out.html").stat().st_size)


def workflow():
    """The release workflow."""
    content = yaml.safe_load((TOP / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    jobs = content["jobs"].values()
    steps = [step for job in jobs for step in job["steps"]]
    held("the release workflow grants each job no more than it names",
         content["permissions"] == {} and all(job.get("permissions") for job in jobs))
    held("every step of it is one thing", all(("run" in step) != ("uses" in step) for step in steps))
    held("no expression reaches its shells", all("${{" not in step.get("run", "") for step in steps))
    for step in steps:
        run = subprocess.run(["bash", "-n"], input=step.get("run", ""), capture_output=True, text=True, check=False)
        held(f"bash can parse {step.get('name') or step.get('uses')}", run.returncode == 0, run.stderr)


def gitlab(binary, folder):
    """The GitLab template."""
    content = yaml.safe_load((TOP / "integrations" / "gitlab.yml").read_text(encoding="utf-8"))
    job = content[".permaudit"]
    for name in ("app.apk", "privacy.md"):
        shutil.copy(SAMPLE / name, folder / name)
    extra = {"PERMAUDIT_PACKAGES": "app.apk", "PERMAUDIT_STATEMENTS": "privacy.md"}
    run = bash("\n".join(job["script"]), folder, binary, extra)
    held("the GitLab job ends with the code of permaudit", run.returncode == 1, run.stderr)
    reports = [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]
    held("it writes every artifact that it names", all((folder / name).stat().st_size for name in reports), reports)
    (folder / "permaudit.toml").write_text('[[product]]\npackages = ["app.apk"]\nstatements = ["privacy.md"]\n')
    run = bash("\n".join(job["script"]), folder, binary, {"PERMAUDIT_PACKAGES": "", "PERMAUDIT_STATEMENTS": ""})
    held("without variables it checks the products of the policy file", run.returncode == 1, run.stderr)


def hook(binary):
    """The pre-commit hook."""
    (content,) = yaml.safe_load((TOP / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    pattern = re.compile(content["files"])
    wanted = ["privacy.md", "docs/Privacy-Policy.html", "PRIVACY.zh.txt"]
    held("the hook looks at statements", all(pattern.search(name) for name in wanted))
    held("and at nothing else", not any(pattern.search(name) for name in ["src/privacy.rs", "docs/private/a.md"]))
    words = content["entry"].split()
    run = subprocess.run([binary, *words[1:], SAMPLE / "privacy.md"], capture_output=True, check=False)
    held("what it enters runs", words[0] == "permaudit" and run.returncode in (0, 1), run.stderr)


def dockerfile():
    """The files that the Dockerfile copies exist, and the ignore file lets them through."""
    text = (TOP / "Dockerfile").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE) for name in line.split()[:-1]]
    held("what the Dockerfile copies is there", all((TOP / name).exists() for name in copied), copied)
    allowed = {line[1:] for line in (TOP / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[0] == "!"}
    held("and is not ignored", set(copied) == allowed, set(copied) ^ allowed)


def shells(binary, folder):
    """Completions and man pages."""
    script = ('source <(permaudit generate complete-bash); COMP_WORDS=(permaudit che); COMP_CWORD=1; '
              '_permaudit permaudit che permaudit; echo "${COMPREPLY[@]}"')
    run = bash(script, folder, binary, {})
    held("bash completes a command", run.stdout.split() == ["check"], run.stdout + run.stderr)
    for shell in ("zsh", "fish", "powershell"):
        run = subprocess.run([binary, "generate", f"complete-{shell}"], capture_output=True, text=True, check=False)
        held(f"completions for {shell} name the commands", run.returncode == 0 and "statement" in run.stdout)
    run = subprocess.run([binary, "generate", "man", "--output", folder], capture_output=True, text=True, check=False)
    pages = sorted(folder.glob("*.1"))
    held("there is a page for each command", run.returncode == 0 and len(pages) > 6, run.stderr)
    for page in pages:
        run = subprocess.run(["groff", "-man", "-Tutf8", "-ww", page], capture_output=True, text=True, check=False)
        held(f"{page.name} is set without a warning", run.returncode == 0 and not run.stderr, run.stderr[:300])


def wheel(folder):
    """A wheel, built and installed into a fresh environment."""
    tools, fresh = folder / "tools", folder / "fresh"
    for place in (tools, fresh):
        venv.create(place, with_pip=True)
    subprocess.run([tools / "bin" / "pip", "install", "--quiet", "maturin>=1.8,<2"], check=True)
    subprocess.run([tools / "bin" / "maturin", "build", "--quiet", "--release", "--locked", "--out", folder / "wheels"],
                   check=True, cwd=TOP)
    (built,) = (folder / "wheels").glob("*.whl")
    subprocess.run([fresh / "bin" / "pip", "install", "--quiet", built], check=True)
    run = subprocess.run([fresh / "bin" / "permaudit", "--version"], capture_output=True, text=True, check=False)
    held(f"{built.name} installs a permaudit that runs", run.stdout.startswith("permaudit "), run.stderr)


def main():
    """Runs all; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=TOP / "target" / "release" / "permaudit")
    parser.add_argument("--wheel", action="store_true")
    arguments = parser.parse_args()
    binary = arguments.binary.resolve()
    for part in (action, gitlab, shells):
        with tempfile.TemporaryDirectory() as folder:
            part(binary, pathlib.Path(folder))
    hook(binary)
    workflow()
    dockerfile()
    if arguments.wheel:
        with tempfile.TemporaryDirectory() as folder:
            wheel(pathlib.Path(folder))
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
