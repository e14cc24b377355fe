#!/usr/bin/env bash
# Builds the golden packages of fixtures/ from their sources, with Debian's Android tools and scripts/build_hap.py.
#
#   scripts/make_fixtures.sh           writes those whose content has changed
#   scripts/make_fixtures.sh --check   builds them elsewhere and compares every entry with what is committed
#
# Needs the Debian packages aapt, zipalign, android-framework-res, unzip and zip; apksigner to write.
# Everything but the signature of the sample is the same bytes on every run: its key is made, used once and thrown away.
set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC

top=$(cd "$(dirname "$0")/.." && pwd)
framework=/usr/share/android-framework-res/framework-res.apk
# The version that wrote the committed files. Another version may lay the same manifest out in other bytes.
expected='Android Asset Packaging Tool (aapt) 2.19-debian'

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
out=$temp/fixtures
mkdir -p "$out/sample" "$out/packages"

# Attributes newer than the framework: compiled into an overlay with the framework's package id.
aapt2 compile --dir "$top/fixtures/platform/res" -o "$temp/platform.zip"
aapt2 link -x --manifest "$top/fixtures/platform/AndroidManifest.xml" -o "$temp/platform.apk" "$temp/platform.zip"

# link SOURCE OUT [OPTION...]: compiles SOURCE/res, if there is one, and links the manifest with it.
link() {
    local source=$1 target=$2 resources=()
    shift 2
    if [ -d "$source/res" ]; then
        rm -f "$temp/resources.zip"
        # From its own folder: the paths of the sources stand in the tables of a bundle.
        (cd "$source" && aapt2 compile --dir res -o "$temp/resources.zip")
        resources=("$temp/resources.zip")
    fi
    aapt2 link -I "$framework" -I "$temp/platform.apk" --manifest "$source/AndroidManifest.xml" -o "$target" \
        "$@" "${resources[@]}"
}

sources=$top/fixtures/packages/src
packages=$out/packages

link "$sources/minimal" "$packages/minimal.apk"
link "$sources/references" "$packages/references.apk" --no-compress
link "$sources/name-by-reference" "$packages/name-by-reference.apk"
link "$sources/conditions" "$packages/conditions.apk"
link "$sources/splits/base" "$packages/splits-base.apk" --split "$packages/splits-config.de.apk:de"
link "$sources/splits/camera" "$packages/splits-camera.apk" --package-id 0x80

# The first aapt lays out the manifest and the archive in its own way.
aapt package -f -M "$sources/legacy/AndroidManifest.xml" -I "$framework" -F "$packages/legacy.apk"

# aapt2 writes manifests in UTF-16 and other XML in UTF-8: the manifest is compiled as an XML resource and takes the
# manifest's place, as tools that rewrite packages do it.
mkdir -p "$temp/utf8/res/xml"
cp "$sources/utf8/AndroidManifest.xml" "$temp/utf8/"
cp "$sources/utf8/AndroidManifest.xml" "$temp/utf8/res/xml/manifest.xml"
link "$temp/utf8" "$temp/utf8.apk" --no-auto-version
mkdir "$temp/utf8/packed"
unzip -p "$temp/utf8.apk" res/xml/manifest.xml > "$temp/utf8/packed/AndroidManifest.xml"
touch -d 1980-01-01T00:00:00Z "$temp/utf8/packed/AndroidManifest.xml"
(cd "$temp/utf8/packed" && zip -q -X "$packages/utf8.apk" AndroidManifest.xml)

# A binary manifest that stands alone.
unzip -p "$packages/conditions.apk" AndroidManifest.xml > "$packages/AndroidManifest.xml"

# HarmonyOS packages, written by this project's own builder. The early one carries an Android package, as those did.
hap=$top/scripts/build_hap.py
python3 "$hap" module "$sources/harmony/entry" "$packages/entry.hap"
python3 "$hap" module "$sources/harmony/library" "$packages/maps.hsp"
python3 "$hap" module "$sources/harmony/early" "$packages/early.hap" --file "fieldnotes.apk=$packages/legacy.apk"
python3 "$hap" app "$packages/fieldnotes.app" "$packages/entry.hap" "$packages/maps.hsp"
# The modules of a bundle; a module sees the resources of the base. A split set holds the packages of one app.
mkdir "$temp/built"
link "$sources/bundle/base" "$temp/built/bundle-base.zip" --proto-format
link "$sources/bundle/base" "$temp/bundle-base.apk"
link "$sources/bundle/camera" "$temp/built/bundle-camera.zip" --proto-format --package-id 0x80 -I "$temp/bundle-base.apk"
cp "$packages/splits-base.apk" "$temp/built/set-base.apk"
cp "$packages/splits-camera.apk" "$temp/built/set-camera.apk"
cp "$packages/splits-config.de.apk" "$temp/built/set-de.apk"
python3 "$top/scripts/pack_fixtures.py" "$temp/built" "$sources" "$packages"

# The sample is aligned and signed like a package that ships. The signature stands outside the entries, so a comparison
# does without it (and without Java).
link "$top/fixtures/sample/src" "$temp/sample.apk"
zipalign 4 "$temp/sample.apk" "$out/sample/app.apk"
if [ "${1:-}" != --check ]; then
    keytool -genkeypair -keystore "$temp/key.p12" -storetype PKCS12 -storepass throwaway -alias sample \
        -keyalg RSA -keysize 2048 -validity 10950 -dname 'CN=Field Notes sample' 2> "$temp/keytool.log" \
        || { cat "$temp/keytool.log" >&2; exit 1; }
    apksigner sign --ks "$temp/key.p12" --ks-pass pass:throwaway --ks-key-alias sample \
        --v1-signing-enabled false --v4-signing-enabled false "$out/sample/app.apk"
fi

version=$(aapt2 version 2>&1)
if [ "${1:-}" = --check ] && [ "$version" != "$expected" ]; then
    echo "The committed packages were written by $expected; this is $version: they were built, and not compared."
    exit 0
fi
python3 - "${1:-write}" "$out" "$top/fixtures" <<'PYTHON'
import pathlib, shutil, sys, zipfile

def content(path):
    """What a package holds without its signature, or the bytes of a plain file."""
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return [(info.filename, info.compress_type, archive.read(info)) for info in archive.infolist()]

SUFFIXES = {".aab", ".aar", ".apk", ".apkm", ".apks", ".app", ".hap", ".hsp", ".xapk"}
mode, built, committed = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])

def packages(top):
    return {path.relative_to(top) for folder in ("sample", "packages") for path in (top / folder).iterdir()
            if path.suffix in SUFFIXES or path.name == "AndroidManifest.xml"}

both = packages(built) & packages(committed)
differing = sorted(str(path) for path in both if content(built / path) != content(committed / path))
differing += sorted(str(path) for path in packages(built) ^ packages(committed))
if mode == "--check":
    if differing:
        sys.exit(f"not what the sources build: {', '.join(differing)}")
    print(f"{len(both)} golden packages hold what their sources build")
else:
    for name in differing:
        if (built / name).exists():
            shutil.copyfile(built / name, committed / name)
            print(f"wrote {name}")
        else:
            print(f"has no source: {name}")
PYTHON
