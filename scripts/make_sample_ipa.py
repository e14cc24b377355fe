#!/usr/bin/env python3
"""Builds the iOS build of the sample product, fixtures/sample/app.ipa, from fixtures/sample/ios.

    scripts/make_sample_ipa.py           writes it
    scripts/make_sample_ipa.py --check   builds it elsewhere and compares every entry with what is committed

The executable is assembled by clang and linked by LLVM's linker for Apple platforms (Debian's clang-14 and lld-14), which
signs it ad hoc; its entitlements stand in a section, as the linker of Xcode puts them there for the simulator. The plists
become binary ones, as Xcode writes them, and one strings file UTF-16.
"""

import pathlib
import plistlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

TOP = pathlib.Path(__file__).resolve().parent.parent
SOURCE = TOP / "fixtures" / "sample" / "ios"
TARGET = TOP / "fixtures" / "sample" / "app.ipa"
APP = "Payload/FieldNotes.app/"


def tool(name):
    """A tool of LLVM, under whichever name it is installed."""
    for candidate in (f"{name}-14", name):
        if shutil.which(candidate):
            return candidate
    sys.exit(f"{name} is missing: install Debian's clang-14 and lld-14")


def executable(folder):
    """The bytes of the executable."""
    made = folder / "main.o"
    linked = folder / "FieldNotes"
    subprocess.run([tool("clang"), "-target", "arm64-apple-ios15", "-c", SOURCE / "main.s", "-o", made], check=True)
    subprocess.run([tool("ld64.lld"), "-arch", "arm64", "-platform_version", "ios", "15.0", "17.0", "-o", linked,
                    "-sectcreate", "__TEXT", "__entitlements", SOURCE / "FieldNotes.entitlements",
                    made, SOURCE / "libSystem.tbd"], check=True)
    return linked.read_bytes()


def binary(path):
    """A property list in its binary form."""
    return plistlib.dumps(plistlib.loads(path.read_bytes()), fmt=plistlib.FMT_BINARY)


def entries(folder):
    """Names and contents, in the order in which they are packed."""
    yield APP + "Info.plist", binary(SOURCE / "Info.plist")
    yield APP + "FieldNotes", executable(folder)
    yield APP + "PrivacyInfo.xcprivacy", binary(SOURCE / "PrivacyInfo.xcprivacy")
    yield APP + "en.lproj/InfoPlist.strings", (SOURCE / "en.lproj" / "InfoPlist.strings").read_bytes()
    chinese = (SOURCE / "zh-Hans.lproj" / "InfoPlist.strings").read_text(encoding="utf-8")
    yield APP + "zh-Hans.lproj/InfoPlist.strings", chinese.encode("utf-16")
    yield APP + "PlugIns/Share.appex/Info.plist", binary(SOURCE / "Share.appex" / "Info.plist")
    yield APP + "PlugIns/Share.appex/Share", executable(folder)


def pack(path):
    """Writes the archive; the same bytes on every run."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries(pathlib.Path(folder)):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)


def content(path):
    """What an archive holds."""
    with zipfile.ZipFile(path) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def main():
    """Builds, and writes or compares; the exit code."""
    if sys.argv[1:] != ["--check"]:
        pack(TARGET)
        print(f"wrote {TARGET.relative_to(TOP)}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        built = pathlib.Path(folder) / "app.ipa"
        pack(built)
        if content(built) != content(TARGET):
            print("app.ipa is not what its sources build")
            return 1
    print("app.ipa holds what its sources build")
    return 0


if __name__ == "__main__":
    sys.exit(main())
