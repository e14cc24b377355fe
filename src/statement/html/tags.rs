//! The elements of HTML that matter for reading, by name and by what the tree builder does with them.

#![allow(clippy::enum_glob_use, reason = "lists of elements are read as HTML has them")]

/// An element, by its name.
macro_rules! tags {
    ($($name:literal $variant:ident,)+) => {
        /// The element that a tag is for; [`Tag::Other`] for every name that changes nothing.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Tag {
            $(#[doc = $name] $variant,)+
            /// Any other element: inline and ordinary.
            Other,
        }

        /// Names in the order of their bytes.
        const NAMES: &[(&[u8], Tag)] = &[$(($name.as_bytes(), Tag::$variant),)+];
    };
}

tags! {
    "a" A,
    "address" Address,
    "applet" Applet,
    "area" Area,
    "article" Article,
    "aside" Aside,
    "audio" Audio,
    "b" B,
    "base" Base,
    "basefont" Basefont,
    "big" Big,
    "blockquote" Blockquote,
    "body" Body,
    "br" Br,
    "button" Button,
    "canvas" Canvas,
    "caption" Caption,
    "center" Center,
    "code" Code,
    "col" Col,
    "colgroup" Colgroup,
    "dd" Dd,
    "del" Del,
    "desc" Desc,
    "details" Details,
    "dialog" Dialog,
    "dir" Dir,
    "div" Div,
    "dl" Dl,
    "dt" Dt,
    "em" Em,
    "embed" Embed,
    "fieldset" Fieldset,
    "figcaption" Figcaption,
    "figure" Figure,
    "font" Font,
    "footer" Footer,
    "foreignobject" Foreignobject,
    "form" Form,
    "frame" Frame,
    "frameset" Frameset,
    "h1" H1,
    "h2" H2,
    "h3" H3,
    "h4" H4,
    "h5" H5,
    "h6" H6,
    "head" Head,
    "header" Header,
    "hgroup" Hgroup,
    "hr" Hr,
    "html" Html,
    "i" I,
    "iframe" Iframe,
    "image" Image,
    "img" Img,
    "input" Input,
    "kbd" Kbd,
    "legend" Legend,
    "li" Li,
    "link" Link,
    "listing" Listing,
    "main" Main,
    "marquee" Marquee,
    "math" Math,
    "menu" Menu,
    "meta" Meta,
    "nav" Nav,
    "nobr" Nobr,
    "noembed" Noembed,
    "noframes" Noframes,
    "noscript" Noscript,
    "object" Object,
    "ol" Ol,
    "optgroup" Optgroup,
    "option" Option,
    "p" P,
    "param" Param,
    "plaintext" Plaintext,
    "pre" Pre,
    "rp" Rp,
    "rt" Rt,
    "rtc" Rtc,
    "s" S,
    "samp" Samp,
    "script" Script,
    "search" Search,
    "section" Section,
    "select" Select,
    "small" Small,
    "source" Source,
    "span" Span,
    "strike" Strike,
    "strong" Strong,
    "style" Style,
    "summary" Summary,
    "svg" Svg,
    "table" Table,
    "tbody" Tbody,
    "td" Td,
    "template" Template,
    "textarea" Textarea,
    "tfoot" Tfoot,
    "th" Th,
    "thead" Thead,
    "title" Title,
    "tr" Tr,
    "track" Track,
    "tt" Tt,
    "u" U,
    "ul" Ul,
    "var" Var,
    "video" Video,
    "wbr" Wbr,
    "xmp" Xmp,
}

/// How many tags there are.
pub(super) const COUNT: usize = NAMES.len() + 1;

impl Tag {
    /// The element called `name`, in small letters.
    pub(super) fn named(name: &[u8]) -> Tag {
        let at = NAMES.binary_search_by(|&(known, _)| known.cmp(name));
        at.ok().and_then(|at| NAMES.get(at)).map_or(Tag::Other, |&(_, tag)| tag)
    }

    /// Its place in a list with an entry for each tag.
    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// Has no content and no end tag.
    pub(super) fn is_void(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Area | Base
                | Basefont
                | Br
                | Col
                | Embed
                | Frame
                | Hr
                | Image
                | Img
                | Input
                | Link
                | Meta
                | Param
                | Source
                | Track
                | Wbr
        )
    }

    /// Goes on with the text behind a paragraph or cell that ended without it (HTML, 13.2.4.3: the formatting
    /// elements).
    pub(super) fn is_formatting(self) -> bool {
        use Tag::*;
        matches!(self, A | B | Big | Code | Em | Font | I | Nobr | S | Small | Strike | Strong | Tt | U)
    }

    /// Ends an open paragraph and stands on lines of its own.
    pub(super) fn is_block(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Address
                | Article
                | Aside
                | Blockquote
                | Center
                | Details
                | Dialog
                | Dir
                | Div
                | Dl
                | Fieldset
                | Figcaption
                | Figure
                | Footer
                | Form
                | Header
                | Hgroup
                | Legend
                | Listing
                | Main
                | Menu
                | Nav
                | Ol
                | P
                | Pre
                | Search
                | Section
                | Summary
                | Ul
        ) || self.is_heading()
    }

    pub(super) fn is_heading(self) -> bool {
        use Tag::*;
        matches!(self, H1 | H2 | H3 | H4 | H5 | H6)
    }

    /// Ends what an end tag looks for (HTML, 13.2.4.3: the special elements).
    pub(super) fn is_special(self) -> bool {
        use Tag::*;
        self.is_block() && self != Legend
            || self.is_table_part()
            || matches!(
                self,
                Applet
                    | Body
                    | Button
                    | Dd
                    | Dt
                    | Head
                    | Html
                    | Li
                    | Marquee
                    | Object
                    | Select
                    | Table
                    | Template
                    | Foreignobject
                    | Desc
            )
    }

    /// Ends every scope: nothing outside it can be closed from inside (HTML, 13.2.4.2).
    pub(super) fn is_boundary(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Applet | Caption | Html | Table | Td | Th | Marquee | Object | Template | Foreignobject | Desc | Math
        )
    }

    /// A part of a table that stands only in one.
    pub(super) fn is_table_part(self) -> bool {
        use Tag::*;
        matches!(self, Caption | Col | Colgroup | Tbody | Td | Tfoot | Th | Thead | Tr)
    }

    /// Ends foreign content (HTML, 13.2.6.5).
    pub(super) fn breaks_out(self) -> bool {
        use Tag::*;
        self.is_heading()
            || matches!(
                self,
                B | Big
                    | Blockquote
                    | Body
                    | Br
                    | Center
                    | Code
                    | Dd
                    | Div
                    | Dl
                    | Dt
                    | Em
                    | Embed
                    | Head
                    | Hr
                    | I
                    | Img
                    | Li
                    | Listing
                    | Menu
                    | Meta
                    | Nobr
                    | Ol
                    | P
                    | Pre
                    | S
                    | Small
                    | Span
                    | Strong
                    | Strike
                    | Table
                    | Tt
                    | U
                    | Ul
                    | Var
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_found() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (at, &(name, tag)) in NAMES.iter().enumerate() {
            assert_eq!((Tag::named(name), tag.index()), (tag, at));
        }
        assert_eq!(Tag::named(b"uses-permission"), Tag::Other);
        assert_eq!(Tag::Other.index() + 1, COUNT);
    }
}
