//! Shorter names for what the module and its glue call each other. wasm-bindgen's are long, and end in hashes, which no
//! compression makes smaller.

use std::collections::{BTreeMap, BTreeSet};

use super::module::Module;
use crate::Result;

/// What the glue is called by the module.
pub(super) const PAGE: &str = "page";

/// The new names by the old ones.
pub(super) struct Names {
    pub(super) exports: BTreeMap<String, String>,
    pub(super) imports: BTreeMap<String, String>,
    /// The module from which all is imported.
    imported_from: String,
}

impl Names {
    pub(super) fn of(module: &Module<'_>) -> Result<Self> {
        let exports = module.exports.iter().map(|export| export.name).filter(|name| *name != "memory");
        let exports = exports.zip(0..).map(|(name, number)| (name.to_owned(), letters(number))).collect();
        let sources: BTreeSet<&str> = module.imports.iter().map(|import| import.module).collect();
        let [source] = sources.into_iter().collect::<Vec<_>>()[..] else {
            return Err("the module does not import from the glue alone".into());
        };
        let mut imports = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for import in &module.imports {
            let name = plain(import.name);
            let numbered = (2..).map(|number| format!("{name}{number}"));
            let mut free =
                std::iter::once(name.to_owned()).chain(numbered).filter(|name| taken.insert(name.clone()));
            imports.insert(import.name.to_owned(), free.next().unwrap_or_default());
        }
        Ok(Self { exports, imports, imported_from: source.to_owned() })
    }

    /// The glue with the new names.
    ///
    /// # Errors
    ///
    /// When it does not have one of the old ones.
    pub(super) fn in_glue(&self, glue: &str) -> Result<String> {
        let mut glue = glue.to_owned();
        let exports = self.exports.iter().map(|(old, new)| (format!("wasm.{old}"), format!("wasm.{new}")));
        let imports = self.imports.iter().map(|(old, new)| (format!("{old}:"), format!("{new}:")));
        let source = (format!("\"{}\"", self.imported_from), format!("\"{PAGE}\""));
        for (old, new) in imports.chain([source]) {
            if !glue.contains(&old) {
                return Err(format!("the glue has no {old}").into());
            }
            glue = glue.replace(&old, &new);
        }
        for (old, new) in exports {
            glue = replace_word(&glue, &old, &new);
        }
        Ok(glue)
    }
}

/// `a`, `b` … `z`, `ba`, `bb` …
fn letters(number: u32) -> String {
    let last = char::from(b'a' + (number % 26) as u8);
    if number < 26 { last.to_string() } else { letters(number / 26) + &last.to_string() }
}

/// An imported name without what wasm-bindgen puts around it.
fn plain(name: &str) -> &str {
    let name = ["__wbg___wbindgen_", "__wbg_", "__wbindgen_"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
        .trim_start_matches('_');
    match name.rsplit_once('_') {
        Some((rest, hash)) if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => rest,
        _ => name,
    }
}

/// Replaces `word` where it does not go on.
fn replace_word(text: &str, word: &str, with: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut parts = text.split(word);
    replaced.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let goes_on = part.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_');
        replaced.push_str(if goes_on { word } else { with });
        replaced.push_str(part);
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_wasm_bindgen_puts_around_them() {
        assert_eq!(plain("__wbg___wbindgen_throw_0123456789abcdef"), "throw");
        assert_eq!(plain("__wbg__wbg_cb_unref_0123456789abcdef"), "wbg_cb_unref");
        assert_eq!(plain("__wbindgen_init_externref_table"), "init_externref_table");
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([0, 25, 26, 27].map(letters), ["a", "z", "ba", "bb"]);
    }

    #[test]
    fn only_whole_words_are_replaced() {
        assert_eq!(
            replace_word("wasm.start(); wasm.start_up, wasm.start;", "wasm.start", "wasm.a"),
            "wasm.a(); wasm.start_up, wasm.a;"
        );
    }
}
