//! The parts of an embedded code signature (`osfmk/kern/cs_blobs.h` of xnu): the super blob with its index, and the
//! head of a code directory. Numbers are big-endian.

/// Magic of the super blob of an embedded signature.
pub(super) const EMBEDDED_SIGNATURE: u32 = 0xfade_0cc0;
/// Magic of a code directory, which can also stand alone.
pub(super) const CODE_DIRECTORY: u32 = 0xfade_0c02;
/// Magic of entitlements in XML.
pub(super) const XML_ENTITLEMENTS: u32 = 0xfade_7171;
/// Magic of entitlements in DER.
pub(super) const DER_ENTITLEMENTS: u32 = 0xfade_7172;

/// Slot of the code directory.
const SLOT_CODE_DIRECTORY: u32 = 0;
/// Slot of entitlements in XML.
pub(super) const SLOT_XML: u32 = 5;
/// Slot of entitlements in DER.
pub(super) const SLOT_DER: u32 = 7;
/// Slots of further code directories, for other hashes.
const SLOTS_ALTERNATE: std::ops::Range<u32> = 0x1000..0x1005;

/// Bytes of a super blob before its index: magic, length, count.
pub(super) const SUPER_HEAD: u64 = 12;
/// Bytes of one entry of the index: slot, offset.
pub(super) const INDEX_ENTRY: u64 = 8;
/// Bytes before the content of a blob: magic, length.
pub(super) const BLOB_HEAD: u64 = 8;
/// Bytes of a code directory that every version has.
pub(super) const DIRECTORY_HEAD: u64 = 44;

/// What a slot holds, of what is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Directory,
    Xml,
    Der,
}

impl Slot {
    pub(super) fn of(slot: u32) -> Option<Slot> {
        match slot {
            SLOT_CODE_DIRECTORY => Some(Slot::Directory),
            SLOT_XML => Some(Slot::Xml),
            SLOT_DER => Some(Slot::Der),
            slot if SLOTS_ALTERNATE.contains(&slot) => Some(Slot::Directory),
            _ => None,
        }
    }

    pub(super) fn magic(self) -> u32 {
        match self {
            Slot::Directory => CODE_DIRECTORY,
            Slot::Xml => XML_ENTITLEMENTS,
            Slot::Der => DER_ENTITLEMENTS,
        }
    }
}

/// The big-endian number at `at`.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// Slots and offsets of an index.
pub(super) fn index(bytes: &[u8]) -> impl Iterator<Item = (u32, u32)> {
    bytes.as_chunks::<8>().0.iter().filter_map(|entry| Some((u32_at(entry, 0)?, u32_at(entry, 4)?)))
}

/// The kinds of hash of a code directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    /// The first 20 bytes of SHA-256.
    Sha256Truncated,
    Sha384,
    /// SHA-1, or one that is not known: it is not computed here.
    Other,
}

/// The head of a code directory, as far as special slots are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directory {
    pub(super) hash: Hash,
    pub(super) hash_size: u8,
    /// The number of special slots: their hashes stand before the first code hash, the last slot first.
    pub(super) specials: u32,
    /// Offset of the first code hash in the blob.
    pub(super) hashes: u32,
}

pub(super) fn directory(bytes: &[u8]) -> Option<Directory> {
    let hash = match bytes.get(37)? {
        2 => Hash::Sha256,
        3 => Hash::Sha256Truncated,
        4 => Hash::Sha384,
        _ => Hash::Other,
    };
    let hash_size = *bytes.get(36)?;
    Some(Directory { hash, hash_size, specials: u32_at(bytes, 24)?, hashes: u32_at(bytes, 16)? })
}

impl Hash {
    /// The hash of `bytes`; `None` where it is not computed here.
    pub(super) fn of(self, bytes: &[u8]) -> Option<Vec<u8>> {
        use sha2::{Digest, Sha256, Sha384};
        let mut hash = match self {
            Hash::Sha256 | Hash::Sha256Truncated => Sha256::digest(bytes).to_vec(),
            Hash::Sha384 => Sha384::digest(bytes).to_vec(),
            Hash::Other => return None,
        };
        if self == Hash::Sha256Truncated {
            hash.truncate(20);
        }
        Some(hash)
    }
}
