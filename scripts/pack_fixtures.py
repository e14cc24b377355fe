#!/usr/bin/env python3
"""Packs what aapt2 built into a bundle, split sets and a library; scripts/make_fixtures.sh runs it.

    scripts/pack_fixtures.py BUILT SOURCES OUT

BUILT holds bundle-base.zip and bundle-camera.zip (`aapt2 link --proto-format`) and set-*.apk; OUT takes the packages. The
bytes are the same on every run.
"""

import io
import json
import pathlib
import sys
import zipfile

DATE = (1980, 1, 1, 0, 0, 0)


def add(archive, name, content, compress=zipfile.ZIP_DEFLATED):
    """One entry with a fixed date."""
    info = zipfile.ZipInfo(name, DATE)
    info.compress_type = compress
    archive.writestr(info, content)


def field(number, content):
    """A field of a protocol buffer that is text, or a message, of below 128 bytes."""
    return bytes([number << 3 | 2, len(content)]) + content


def bundle(built, out):
    """Each module in its folder, with the configuration that says which version of bundletool the bundle is for."""
    with zipfile.ZipFile(out / "bundle.aab", "w") as archive:
        # BundleConfig.bundletool.version
        add(archive, "BundleConfig.pb", field(1, field(2, b"1.18.2")))
        for module in ("base", "camera"):
            with zipfile.ZipFile(built / f"bundle-{module}.zip") as linked:
                add(archive, f"{module}/manifest/AndroidManifest.xml", linked.read("AndroidManifest.xml"))
                add(archive, f"{module}/resources.pb", linked.read("resources.pb"))


def sets(built, out):
    """The same packages as the tools of three sources lay them out."""
    base, camera, german = ((built / f"set-{name}.apk").read_bytes() for name in ("base", "camera", "de"))
    stored = zipfile.ZIP_STORED
    with zipfile.ZipFile(out / "set.apks", "w") as archive:
        # BuildApksResult.package_name
        add(archive, "toc.pb", field(4, b"com.example.splits"), stored)
        add(archive, "splits/base-master.apk", base, stored)
        add(archive, "splits/base-de.apk", german, stored)
        add(archive, "splits/camera-master.apk", camera, stored)
    listed = {
        "xapk_version": 2,
        "package_name": "com.example.splits",
        "name": "Splits",
        "version_code": "5",
        "version_name": "5.0",
        "permissions": ["android.permission.INTERNET", "android.permission.CAMERA"],
        "split_apks": [{"file": "com.example.splits.apk", "id": "base"}, {"file": "config.de.apk", "id": "config.de"},
                       {"file": "camera.apk", "id": "camera"}],
    }
    with zipfile.ZipFile(out / "set.xapk", "w") as archive:
        add(archive, "com.example.splits.apk", base)
        add(archive, "config.de.apk", german)
        add(archive, "camera.apk", camera)
        add(archive, "Android/obb/com.example.splits/main.5.com.example.splits.obb", b"")
        add(archive, "manifest.json", json.dumps(listed))
    listed = {"apkm_version": 5, "app_name": "Splits", "release_version": "5.0", "versioncode": "5",
              "pname": "com.example.splits", "min_api": "26"}
    with zipfile.ZipFile(out / "set.apkm", "w") as archive:
        add(archive, "base.apk", base)
        add(archive, "split_config.de.apk", german)
        add(archive, "info.json", json.dumps(listed))


def library(sources, out):
    """The manifest as it was written, beside the code: what a build of a library puts into the archive."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w"):
        pass
    with zipfile.ZipFile(out / "library.aar", "w") as archive:
        add(archive, "AndroidManifest.xml", (sources / "library" / "AndroidManifest.xml").read_bytes())
        add(archive, "classes.jar", code.getvalue())
        add(archive, "R.txt", b"")


def main():
    built, sources, out = map(pathlib.Path, sys.argv[1:])
    bundle(built, out)
    sets(built, out)
    library(sources, out)


if __name__ == "__main__":
    main()
