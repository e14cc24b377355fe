//! Colours, as far as they tell whether a reader can see a text on its ground.

/// A colour, eight bits each of red, green and blue.
pub(super) type Colour = u32;

/// The colour of paper, and of a page that nothing says otherwise of.
pub(super) const WHITE: Colour = 0xff_ffff;

/// Steps of 255 by which two colours may differ in each part and still look the same.
const STEP: u32 = 8;

/// The parts of a colour: red, green, blue.
pub(super) fn parts(colour: Colour) -> [u32; 3] {
    [16, 8, 0].map(|shift| (colour >> shift) & 0xff)
}

/// The colour of these parts, each at most 255.
pub(super) fn of_parts(parts: [u32; 3]) -> Colour {
    parts.into_iter().fold(0, |colour, part| colour << 8 | part.min(0xff))
}

/// The colour that six hexadecimal digits write.
pub(super) fn of_hex(digits: &str) -> Option<Colour> {
    let whole = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| whole)
}

/// True for two colours that nobody can tell apart.
pub(super) fn alike(a: Colour, b: Colour) -> bool {
    parts(a).into_iter().zip(parts(b)).all(|(a, b)| a.abs_diff(b) <= STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_next_to_each_other_are_alike() {
        assert!(alike(WHITE, 0xfe_fdfc) && !alike(WHITE, 0xee_eeee) && !alike(0xff_0000, 0x00_00ff));
        assert_eq!(
            (of_hex("a0B1c2"), of_hex("fff"), of_hex("auto"), of_hex("+fffff")),
            (Some(0xa0_b1c2), None, None, None)
        );
        assert_eq!(of_parts(parts(0x12_3456)), 0x12_3456);
    }
}
