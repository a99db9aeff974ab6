//! Reads Markdown as rustdoc does.

use std::ops::Range;

use pulldown_cmark::{BrokenLink, CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd};

/// The parts of a page.
#[derive(Debug, Default)]
pub struct Page {
    /// Paragraphs, headings and cells of tables, without code.
    pub prose: Vec<Prose>,
    /// Links, without those to items in rustdoc.
    pub links: Vec<Link>,
    /// Pictures.
    pub pictures: Vec<Picture>,
    /// The anchors of the headings.
    pub anchors: Vec<String>,
    /// The code blocks.
    pub code: Vec<Code>,
}

/// Text without code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prose {
    /// The first line, counted from 1.
    pub line: usize,
    /// The text on one line. A span of code is a `` ` ``.
    pub text: String,
    /// Whether it is a paragraph or an item of a list, and so consists of sentences.
    pub is_sentences: bool,
}

/// A link.
#[derive(Debug)]
pub struct Link {
    /// The first line, counted from 1.
    pub line: usize,
    /// Its destination, or an error if it names a reference that is not defined.
    pub destination: Result<String, String>,
}

/// A picture.
#[derive(Debug)]
pub struct Picture {
    /// The link to the file.
    pub link: Link,
    /// The alternative text.
    pub alternative: String,
}

/// A code block.
#[derive(Debug)]
pub struct Code {
    /// The first line, counted from 1.
    pub line: usize,
    /// The words after the fence.
    pub language: String,
    /// The code.
    pub text: String,
}

/// Splits a page into its parts.
pub fn parse(text: &str) -> Page {
    let mut undefined = Vec::new();
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut callback = |link: BrokenLink<'_>| {
        let name = link.reference.to_string();
        // A name in code is an item, which rustdoc checks.
        let is_item = name.starts_with('`');
        if !is_item {
            undefined.push((link.span, name));
        }
        Some((CowStr::from("rustdoc:"), CowStr::from("")))
    };
    let parser = Parser::new_with_broken_link_callback(text, options, Some(&mut callback));
    let mut reader = Reader { text, page: Page::default(), block: None, picture: None };
    for (event, range) in parser.into_offset_iter() {
        reader.read(event, range);
    }
    let mut page = reader.page;
    for (span, name) in undefined {
        // `[1]` in prose is not a link.
        if text[span.clone()].contains("][") {
            let line = line_of(text, span.start);
            page.links.push(Link { line, destination: Err(name) });
        }
    }
    page
}

struct Reader<'t> {
    text: &'t str,
    page: Page,
    block: Option<Block>,
    picture: Option<Picture>,
}

struct Block {
    start: usize,
    text: String,
    code: Option<String>,
    heading: Option<String>,
    is_sentences: bool,
}

impl Reader<'_> {
    fn read(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::Paragraph | Tag::Item) => self.begin(range.start, true),
            Event::Start(Tag::Heading { .. }) => {
                self.begin(range.start, false);
                self.block.as_mut().expect("a block has begun").heading = Some(String::new());
            }
            Event::Start(Tag::TableCell) => self.begin(range.start, false),
            Event::Start(Tag::CodeBlock(kind)) => {
                self.begin(range.start, false);
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.block.as_mut().expect("a block has begun").code = Some(language);
            }
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Item
                | TagEnd::Heading(_)
                | TagEnd::TableCell
                | TagEnd::CodeBlock,
            ) => self.end(),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let link = self.link(range.start, &dest_url);
                self.page.links.push(link);
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                let link = self.link(range.start, &dest_url);
                self.picture = Some(Picture { link, alternative: String::new() });
            }
            Event::End(TagEnd::Image) => self.page.pictures.extend(self.picture.take()),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => {
                if let Some(heading) = self.block.as_mut().and_then(|block| block.heading.as_mut())
                {
                    heading.push_str(&code);
                }
                self.word("`");
            }
            Event::SoftBreak | Event::HardBreak => self.text(" "),
            _ => {}
        }
    }

    fn begin(&mut self, start: usize, is_sentences: bool) {
        // A paragraph or a list inside an item of a list ends the text of the item.
        self.end();
        let text = String::new();
        self.block = Some(Block { start, text, code: None, heading: None, is_sentences });
    }

    fn end(&mut self) {
        let Some(block) = self.block.take() else { return };
        let line = line_of(self.text, block.start);
        if let Some(language) = block.code {
            self.page.code.push(Code { line, language, text: block.text });
            return;
        }
        if let Some(heading) = block.heading {
            self.page.anchors.push(anchor(&heading));
        }
        if !block.text.trim().is_empty() {
            let Block { text, is_sentences, .. } = block;
            self.page.prose.push(Prose { line, text, is_sentences });
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(heading) = self.block.as_mut().and_then(|block| block.heading.as_mut()) {
            heading.push_str(text);
        }
        self.word(text);
    }

    fn word(&mut self, text: &str) {
        if let Some(picture) = &mut self.picture {
            picture.alternative.push_str(text);
        }
        if let Some(block) = &mut self.block {
            block.text.push_str(text);
        }
    }

    fn link(&self, start: usize, destination: &str) -> Link {
        Link { line: line_of(self.text, start), destination: Ok(destination.to_owned()) }
    }
}

/// Returns the anchor of a heading. The rules of the forge and of rustdoc agree for the headings of
/// the project.
pub fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}
