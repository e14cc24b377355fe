//! A PDF as objects in which everything can lie.

/// A document with objects by number, 1 the catalogue.
#[derive(Debug, Clone, Default)]
pub struct Pdf {
    /// Dictionaries and streams, as they stand between `obj` and `endobj`; object 1 first.
    pub objects: Vec<Vec<u8>>,
    /// Entries of the trailer besides /Root and /Size.
    pub trailer: String,
}

/// A stream with this dictionary (without its brackets) and these bytes.
pub fn stream(dictionary: &str, bytes: &[u8]) -> Vec<u8> {
    let mut object = format!("<<{dictionary} /Length {}>>\nstream\n", bytes.len()).into_bytes();
    object.extend(bytes);
    object.extend(b"\nendstream");
    object
}

/// A deflate stream in its envelope (RFC 1950).
pub fn zlib(data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x78, 0x9c];
    bytes.extend(super::zip::deflate(data));
    let (mut a, mut b) = (1_u32, 0_u32);
    for &byte in data {
        a = (a + u32::from(byte)) % 65521;
        b = (b + a) % 65521;
    }
    bytes.extend((b << 16 | a).to_be_bytes());
    bytes
}

impl Pdf {
    /// Pages of A4 with these operators each; `/F1` is Helvetica, and `fonts` are further entries of the fonts.
    pub fn new(pages: &[&str], fonts: &str) -> Pdf {
        let kids: Vec<String> = (0..pages.len()).map(|page| format!("{} 0 R", 4 + page * 2)).collect();
        let mut objects = vec![
            b"<</Type /Catalog /Pages 2 0 R>>".to_vec(),
            format!("<</Type /Pages /Count {} /Kids [{}]>>", pages.len(), kids.join(" ")).into_bytes(),
            b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>".to_vec(),
        ];
        for (index, operators) in pages.iter().enumerate() {
            let content = 5 + index * 2;
            objects.push(
                format!(
                    "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R \
                     /Resources <</Font <</F1 3 0 R {fonts}>> /XObject <<>> >> >>"
                )
                .into_bytes(),
            );
            objects.push(stream("", operators.as_bytes()));
        }
        Pdf { objects, trailer: String::new() }
    }

    /// Adds an object and gives its number.
    pub fn add(&mut self, object: impl Into<Vec<u8>>) -> usize {
        self.objects.push(object.into());
        self.objects.len()
    }

    pub fn build(&self) -> Vec<u8> {
        let mut bytes = b"%PDF-1.7\n".to_vec();
        let mut offsets = Vec::new();
        for (index, object) in self.objects.iter().enumerate() {
            offsets.push(bytes.len());
            bytes.extend(format!("{} 0 obj\n", index + 1).bytes());
            bytes.extend(object);
            bytes.extend(b"\nendobj\n");
        }
        let table = bytes.len();
        bytes.extend(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).bytes());
        for offset in &offsets {
            bytes.extend(format!("{offset:010} 00000 n \n").bytes());
        }
        let trailer = format!("trailer\n<</Size {} /Root 1 0 R {}>>\n", offsets.len() + 1, self.trailer);
        bytes.extend(trailer.bytes());
        bytes.extend(format!("startxref\n{table}\n%%EOF\n").bytes());
        bytes
    }
}

/// Text at a place, in points from the lower left corner.
pub fn text(x: i32, y: i32, size: i32, text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
    format!("BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET\n")
}

/// A table with lines: the left edges of its columns and its right edge, its upper edge, the height of a row, and the
/// lines of each cell.
pub fn ruled(edges: &[i32], top: i32, height: i32, rows: &[&[&str]]) -> String {
    let mut operators = String::from("0.5 w\n");
    let bottom = top - height * i32::try_from(rows.len()).unwrap();
    let (left, right) = (edges[0], edges[edges.len() - 1]);
    for row in 0..=rows.len() {
        let y = top - height * i32::try_from(row).unwrap();
        operators += &format!("{left} {y} m {right} {y} l S\n");
    }
    for x in edges {
        operators += &format!("{x} {top} m {x} {bottom} l S\n");
    }
    for (row, cells) in rows.iter().enumerate() {
        let y = top - height * i32::try_from(row).unwrap();
        for (x, cell) in edges.iter().zip(*cells) {
            for (line, part) in cell.split('\n').enumerate() {
                operators += &text(x + 4, y - 12 - 12 * i32::try_from(line).unwrap(), 10, part);
            }
        }
    }
    operators
}
