//! A ZIP builder in which every field can lie, the local header and the directory record separately.
//!
//! `Zip::new([Entry::deflated("a", b"data")]).build()` is a regular archive. A test changes public fields: what is an
//! `Option` is computed when it is `None`.

use std::io::{Cursor, Read, Write};

/// Signature and fields that a local header and a directory record share, and those of the record alone.
#[derive(Debug, Clone)]
pub struct Header {
    pub signature: [u8; 4],
    pub flags: u16,
    pub method: u16,
    pub crc32: u32,
    pub compressed: u32,
    pub uncompressed: u32,
    pub name: Vec<u8>,
    pub name_len: Option<u16>,
    pub extra: Vec<u8>,
    pub extra_len: Option<u16>,
    /// Record only.
    pub comment: Vec<u8>,
    /// Record only.
    pub comment_len: Option<u16>,
    /// Record only.
    pub disk: u16,
    /// Record only: external attributes; the archive says that it was made for Unix.
    pub attributes: u32,
    /// Record only: offset of the local header.
    pub offset: Option<u32>,
}

/// One entry: a local header, its data, and a directory record.
#[derive(Debug, Clone)]
pub struct Entry {
    pub local: Header,
    pub central: Header,
    /// The bytes as they stand in the file.
    pub data: Vec<u8>,
    /// Bytes after the data: a data descriptor.
    pub descriptor: Vec<u8>,
    /// The data begins at a multiple of this, by zero bytes in the local extra field, as zipalign does.
    pub align: usize,
    /// Whether the local header and the data stand in the file.
    pub has_local: bool,
    /// Whether the directory has a record.
    pub is_listed: bool,
}

/// The end record and its zip64 companions; `None` is computed.
#[derive(Debug, Clone, Default)]
pub struct End {
    pub disk: u16,
    pub directory_disk: u16,
    pub count_here: Option<u16>,
    pub count: Option<u16>,
    pub size: Option<u32>,
    pub offset: Option<u32>,
    pub comment: Vec<u8>,
    pub comment_len: Option<u16>,
}

/// A zip64 end record with its locator.
#[derive(Debug, Clone, Default)]
pub struct End64 {
    pub signature: Option<[u8; 4]>,
    pub record_size: Option<u64>,
    pub disk: u32,
    pub count_here: Option<u64>,
    pub count: Option<u64>,
    pub size: Option<u64>,
    pub offset: Option<u64>,
    /// What the locator says.
    pub located: Option<u64>,
}

/// An archive.
#[derive(Debug, Clone, Default)]
pub struct Zip {
    /// Bytes before the first entry.
    pub prefix: Vec<u8>,
    /// Whether offsets count the prefix, as they do when a tool has adjusted them.
    pub offsets_count_prefix: bool,
    pub entries: Vec<Entry>,
    /// Bytes between the last entry and the directory: an APK signing block.
    pub before_directory: Vec<u8>,
    /// Bytes after the last record that the announced size counts.
    pub after_records: Vec<u8>,
    /// Bytes between the directory and the end record.
    pub after_directory: Vec<u8>,
    pub end64: Option<End64>,
    pub end: End,
    /// Bytes after the end record and its comment.
    pub trailing: Vec<u8>,
}

/// Where the parts of a built archive stand.
#[derive(Debug, Clone)]
pub struct Built {
    pub bytes: Vec<u8>,
    /// Offsets of the local headers, in order.
    pub locals: Vec<usize>,
    /// Offsets of the directory records, in order.
    pub records: Vec<usize>,
    pub directory: usize,
    pub end: usize,
}

/// A raw deflate stream of `data`.
pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    writer.start_file("x", options).unwrap();
    writer.write_all(data).unwrap();
    let mut archive = zip::ZipArchive::new(writer.finish().unwrap()).unwrap();
    let mut raw = Vec::new();
    archive.by_index_raw(0).unwrap().read_to_end(&mut raw).unwrap();
    raw
}

/// The blocks of an extra field.
pub fn extra(id: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = id.to_le_bytes().to_vec();
    bytes.extend(u16::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(data);
    bytes
}

/// A zip64 extra field with these values.
pub fn extra64(values: &[u64]) -> Vec<u8> {
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    extra(1, &data)
}

/// An Info-ZIP Unicode Path field for `name`.
pub fn unicode_path(name: &[u8], path: &str) -> Vec<u8> {
    let mut data = vec![1];
    data.extend(crc32fast::hash(name).to_le_bytes());
    data.extend(path.as_bytes());
    extra(0x7075, &data)
}

impl Entry {
    fn new(name: &[u8], content: &[u8], data: Vec<u8>, method: u16) -> Entry {
        let local = Header {
            signature: *b"PK\x03\x04",
            flags: 0,
            method,
            crc32: crc32fast::hash(content),
            compressed: u32::try_from(data.len()).unwrap(),
            uncompressed: u32::try_from(content.len()).unwrap(),
            name: name.to_vec(),
            name_len: None,
            extra: Vec::new(),
            extra_len: None,
            comment: Vec::new(),
            comment_len: None,
            disk: 0,
            attributes: 0,
            offset: None,
        };
        let central = Header { signature: *b"PK\x01\x02", ..local.clone() };
        Entry { local, central, data, descriptor: Vec::new(), align: 1, has_local: true, is_listed: true }
    }

    pub fn stored(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Entry {
        Entry::new(name.as_ref(), content.as_ref(), content.as_ref().to_vec(), 0)
    }

    pub fn deflated(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Entry {
        Entry::new(name.as_ref(), content.as_ref(), deflate(content.as_ref()), 8)
    }

    /// The same change to the local header and the record.
    pub fn both(mut self, change: impl Fn(&mut Header)) -> Entry {
        change(&mut self.local);
        change(&mut self.central);
        self
    }

    pub fn local(mut self, change: impl Fn(&mut Header)) -> Entry {
        change(&mut self.local);
        self
    }

    pub fn central(mut self, change: impl Fn(&mut Header)) -> Entry {
        change(&mut self.central);
        self
    }

    pub fn with(mut self, change: impl Fn(&mut Entry)) -> Entry {
        change(&mut self);
        self
    }

    /// Bit 3 on both sides, nothing in the local header, a descriptor with signature behind the data.
    pub fn streamed(mut self) -> Entry {
        self.descriptor = b"PK\x07\x08".to_vec();
        for value in [self.local.crc32, self.local.compressed, self.local.uncompressed] {
            self.descriptor.extend(value.to_le_bytes());
        }
        self = self.both(|header| header.flags |= 8);
        self.local(|header| (header.crc32, header.compressed, header.uncompressed) = (0, 0, 0))
    }
}

fn len16(len: usize, lie: Option<u16>) -> [u8; 2] {
    lie.unwrap_or_else(|| u16::try_from(len).unwrap()).to_le_bytes()
}

impl Header {
    /// Everything from the flags to the extra field's length: the same 24 bytes on both sides.
    fn common(&self, extra: &[u8], out: &mut Vec<u8>) {
        out.extend(self.flags.to_le_bytes());
        out.extend(self.method.to_le_bytes());
        // 1981-01-01 00:00:02, as the Android build tools write.
        out.extend([1, 0, 0x21, 2]);
        for value in [self.crc32, self.compressed, self.uncompressed] {
            out.extend(value.to_le_bytes());
        }
        out.extend(len16(self.name.len(), self.name_len));
        out.extend(len16(extra.len(), self.extra_len));
    }
}

impl Zip {
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Zip {
        Zip { entries: entries.into_iter().collect(), offsets_count_prefix: true, ..Zip::default() }
    }

    pub fn with(mut self, change: impl Fn(&mut Zip)) -> Zip {
        change(&mut self);
        self
    }

    pub fn build(&self) -> Vec<u8> {
        self.layout().bytes
    }

    pub fn layout(&self) -> Built {
        let mut out = self.prefix.clone();
        let shift = if self.offsets_count_prefix { 0 } else { self.prefix.len() };
        let mut locals = Vec::new();
        for entry in &self.entries {
            locals.push(out.len());
            if !entry.has_local {
                continue;
            }
            let mut extra = entry.local.extra.clone();
            let data_at = out.len() + 30 + entry.local.name.len() + extra.len();
            extra.extend(vec![0; data_at.next_multiple_of(entry.align) - data_at]);
            out.extend(entry.local.signature);
            out.extend([20, 0]);
            entry.local.common(&extra, &mut out);
            out.extend(&entry.local.name);
            out.extend(&extra);
            out.extend(&entry.data);
            out.extend(&entry.descriptor);
        }
        out.extend(&self.before_directory);

        let directory = out.len();
        let mut records = Vec::new();
        for (entry, local) in self.entries.iter().zip(&locals).filter(|(entry, _)| entry.is_listed) {
            let central = &entry.central;
            records.push(out.len());
            out.extend(central.signature);
            out.extend([20, 3, 20, 0]);
            central.common(&central.extra, &mut out);
            out.extend(len16(central.comment.len(), central.comment_len));
            out.extend(central.disk.to_le_bytes());
            out.extend([0; 2]);
            out.extend(central.attributes.to_le_bytes());
            out.extend(central.offset.unwrap_or_else(|| u32::try_from(local - shift).unwrap()).to_le_bytes());
            out.extend(&central.name);
            out.extend(&central.extra);
            out.extend(&central.comment);
        }
        out.extend(&self.after_records);
        let size = out.len() - directory;
        out.extend(&self.after_directory);

        if let Some(end64) = &self.end64 {
            let at = u64::try_from(out.len()).unwrap();
            let count = u64::try_from(records.len()).unwrap();
            out.extend(end64.signature.unwrap_or(*b"PK\x06\x06"));
            out.extend(end64.record_size.unwrap_or(44).to_le_bytes());
            out.extend([45, 3, 45, 0]);
            out.extend([end64.disk, 0].map(u32::to_le_bytes).concat());
            out.extend(end64.count_here.unwrap_or(count).to_le_bytes());
            out.extend(end64.count.unwrap_or(count).to_le_bytes());
            out.extend(end64.size.unwrap_or(u64::try_from(size).unwrap()).to_le_bytes());
            out.extend(end64.offset.unwrap_or(u64::try_from(directory - shift).unwrap()).to_le_bytes());
            out.extend(b"PK\x06\x07\0\0\0\0");
            out.extend(end64.located.unwrap_or(at - u64::try_from(shift).unwrap()).to_le_bytes());
            out.extend([1, 0, 0, 0]);
        }

        let end = out.len();
        let saturated = self.end64.is_some();
        let or16 = |lie: Option<u16>, truth: usize| {
            lie.unwrap_or_else(|| if saturated { u16::MAX } else { u16::try_from(truth).unwrap() }).to_le_bytes()
        };
        let or32 = |lie: Option<u32>, truth: usize| {
            lie.unwrap_or_else(|| if saturated { u32::MAX } else { u32::try_from(truth).unwrap() }).to_le_bytes()
        };
        out.extend(b"PK\x05\x06");
        out.extend([self.end.disk, self.end.directory_disk].map(u16::to_le_bytes).concat());
        out.extend(or16(self.end.count_here, records.len()));
        out.extend(or16(self.end.count, records.len()));
        out.extend(or32(self.end.size, size));
        out.extend(or32(self.end.offset, directory - shift));
        out.extend(len16(self.end.comment.len(), self.end.comment_len));
        out.extend(&self.end.comment);
        out.extend(&self.trailing);
        Built { bytes: out, locals, records, directory, end }
    }
}
