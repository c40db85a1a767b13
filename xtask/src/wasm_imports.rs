//! What the built module asks of the page: its import section, compared with a committed list.
//!
//! The core is pure, and one dependency that reads a clock, draws random numbers or expects an operating system shows
//! here as an import that nobody decided on.

use std::collections::BTreeSet;
use std::fs;

use crate::workspace::Workspace;
use crate::{Result, build};

/// The list, below the checkout. One import a line, `module name`; lines that begin with `#` explain.
const LIST: &str = "tests/wasm-imports.txt";

const PREAMBLE: [u8; 8] = *b"\0asm\x01\0\0\0";
const IMPORT_SECTION: u8 = 2;

/// Compares the imports of the built module with the list.
///
/// # Errors
///
/// When they differ in either direction, naming each difference.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let found = built(workspace)?;
    let text = fs::read_to_string(workspace.path(LIST)).map_err(|error| format!("{LIST}: {error}"))?;
    let listed: BTreeSet<_> = entries(&text).map(str::to_owned).collect();
    let differences: Vec<_> = found
        .difference(&listed)
        .map(|import| format!("  new:  {import}"))
        .chain(listed.difference(&found).map(|import| format!("  gone: {import}")))
        .collect();
    if differences.is_empty() {
        println!("{} imports, as listed in {LIST}", found.len());
        return Ok(());
    }
    let differences = differences.join("\n");
    Err(format!("the module's imports are not those of {LIST}:\n{differences}\nWhere this is intended: cargo xtask wasm --accept-imports").into())
}

/// Writes the list anew and keeps its explanation.
pub(crate) fn accept(workspace: &Workspace) -> Result<()> {
    let path = workspace.path(LIST);
    let before = fs::read_to_string(&path).unwrap_or_default();
    let explanation = before.lines().filter(|line| line.starts_with('#')).map(str::to_owned);
    let lines: Vec<_> = explanation.chain(built(workspace)?).collect();
    Ok(fs::write(path, lines.join("\n") + "\n")?)
}

fn built(workspace: &Workspace) -> Result<BTreeSet<String>> {
    let module = fs::read(workspace.path(build::WASM_FILE))
        .map_err(|error| format!("{}: {error}", build::WASM_FILE))?;
    let imports = imports(&module).map_err(|what| format!("{}: {what}", build::WASM_FILE))?;
    Ok(imports.iter().map(|(module, name)| format!("{module} {name}")).collect())
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The `(module, name)` pairs of a module's import section.
/// The format: <https://webassembly.github.io/spec/core/binary/modules.html#import-section>.
fn imports(module: &[u8]) -> Result<Vec<(String, String)>, &'static str> {
    let mut module = Bytes(module.strip_prefix(&PREAMBLE).ok_or("not a WebAssembly module of version 1")?);
    while !module.0.is_empty() {
        let id = module.byte()?;
        let size = module.number()?;
        let section = module.take(size)?;
        if id == IMPORT_SECTION {
            return Bytes(section).import_section();
        }
    }
    Ok(Vec::new())
}

/// A reader over what is left of a module.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn import_section(&mut self) -> Result<Vec<(String, String)>, &'static str> {
        let count = self.number()?;
        (0..count)
            .map(|_| {
                let import = (self.name()?, self.name()?);
                self.skip_description()?;
                Ok(import)
            })
            .collect()
    }

    fn skip_description(&mut self) -> Result<(), &'static str> {
        match self.byte()? {
            // A function: the index of its type.
            0 => self.number().map(drop),
            // A table: the type of its elements, its limits.
            1 => self.byte().and_then(|_| self.skip_limits()),
            // A memory: its limits.
            2 => self.skip_limits(),
            // A global: its type, and whether it can be changed.
            3 => self.take(2).map(drop),
            // A tag: an attribute and the index of its type.
            4 => self.byte().and_then(|_| self.number()).map(drop),
            _ => Err("an import of an unknown kind"),
        }
    }

    fn skip_limits(&mut self) -> Result<(), &'static str> {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum { self.number().map(drop) } else { Ok(()) }
    }

    fn name(&mut self) -> Result<String, &'static str> {
        let size = self.number()?;
        let bytes = self.take(size)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| "a name that is not UTF-8")
    }

    /// An unsigned LEB128 number of at most 32 bits.
    fn number(&mut self) -> Result<usize, &'static str> {
        let mut value = 0_u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(value).map_err(|_| "a number that is too large");
            }
        }
        Err("a number that does not end")
    }

    fn byte(&mut self) -> Result<u8, &'static str> {
        self.take(1).map(|taken| taken[0])
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], &'static str> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or("the module ends too soon")?;
        self.0 = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one import of each kind, after a type section that is to be passed over.
    fn module() -> Vec<u8> {
        let mut imports = vec![5];
        for (name, description) in [
            ("call", &[0, 0][..]),
            ("table", &[1, 0x6f, 1, 1, 0x80, 0x01]),
            ("memory", &[2, 0, 17]),
            ("global", &[3, 0x7f, 1]),
            ("tag", &[4, 0, 0]),
        ] {
            imports.push(3);
            imports.extend(b"env");
            imports.push(u8::try_from(name.len()).unwrap());
            imports.extend(name.as_bytes());
            imports.extend(description);
        }
        let mut module = PREAMBLE.to_vec();
        module.extend([1, 4, 1, 0x60, 0, 0]);
        module.extend([IMPORT_SECTION, u8::try_from(imports.len()).unwrap()]);
        module.extend(imports);
        module
    }

    #[test]
    fn every_kind_of_import_is_read() {
        let names: Vec<_> = imports(&module()).unwrap().into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["call", "table", "memory", "global", "tag"]);
    }

    #[test]
    fn a_module_without_imports_has_none() {
        assert_eq!(imports(&PREAMBLE), Ok(vec![]));
    }

    #[test]
    fn damage_is_reported_wherever_the_module_is_cut() {
        let whole = module();
        let section = PREAMBLE.len() + 6;
        for length in (0..PREAMBLE.len()).chain(section + 1..whole.len()) {
            assert!(imports(&whole[..length]).is_err(), "{length} bytes");
        }
        assert!(imports(&[&PREAMBLE[..], &[2, 0x80, 0x80, 0x80, 0x80, 0x80]].concat()).is_err());
    }

    #[test]
    fn explanations_and_empty_lines_of_the_list_are_no_entries() {
        assert_eq!(entries("# why\n\n  a b  \n").collect::<Vec<_>>(), ["a b"]);
    }
}
