//! A part that a page loads when it needs it.

use std::collections::BTreeMap;

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, FunctionSection,
    ImportSection, TypeSection,
};
use wasmparser::{Parser, Payload};

use super::module::Module;
use super::{FIRST, STACK, TABLE};
use crate::Result;

type Fault = reencode::Error<String>;

pub(super) fn encode(module: &Module<'_>, part: &super::Later) -> Result<Vec<u8>> {
    let defined = module.by_size(part.moved.iter().copied());
    let indices = part.shared.keys().chain(&defined).copied().zip(0..).collect();
    let mut later = Later { module, part, defined, indices };
    later.encode().map_err(|error| format!("a later part cannot be written: {error}").into())
}

struct Later<'m, 'a> {
    module: &'m Module<'a>,
    part: &'m super::Later,
    /// The functions that are here, in their new order.
    defined: Vec<u32>,
    /// Where each of them is, and each that is called from here.
    indices: BTreeMap<u32, u32>,
}

impl Reencode for Later<'_, '_> {
    type Error = String;

    fn function_index(&mut self, function: u32) -> Result<u32, Fault> {
        let here = || reencode::Error::UserError(format!("function {function} is not within reach"));
        self.indices.get(&function).copied().ok_or_else(here)
    }

    fn table_index(&mut self, table: u32) -> Result<u32, Fault> {
        only_first("table", table)
    }

    fn global_index(&mut self, global: u32) -> Result<u32, Fault> {
        only_first("global", global)
    }
}

/// Only the table of functions and the stack pointer are shared.
fn only_first(what: &str, index: u32) -> Result<u32, Fault> {
    if index == 0 {
        return Ok(0);
    }
    Err(reencode::Error::UserError(format!("{what} {index} is used by what moves")))
}

impl Later<'_, '_> {
    fn encode(&mut self) -> Result<Vec<u8>, Fault> {
        let mut encoded = wasm_encoder::Module::new();
        encoded.section(&self.types()?);
        encoded.section(&self.imports()?);
        let mut functions = FunctionSection::new();
        for function in &self.defined {
            functions.function(self.module.type_of(*function));
        }
        encoded.section(&functions);
        let mut exports = ExportSection::new();
        for (function, name) in &self.part.exported {
            exports.export(name, ExportKind::Func, self.indices[function]);
        }
        encoded.section(&exports);
        encoded.section(&self.slots());
        let mut code = CodeSection::new();
        for function in self.defined.clone() {
            let body =
                self.module.body(function).map_err(|error| reencode::Error::UserError(error.to_string()))?;
            self.parse_function_body(&mut code, body)?;
        }
        encoded.section(&code);
        Ok(encoded.finish())
    }

    fn types(&mut self) -> Result<TypeSection, Fault> {
        let mut types = TypeSection::new();
        for payload in Parser::new(0).parse_all(self.module.bytes) {
            if let Payload::TypeSection(section) = payload? {
                self.parse_type_section(&mut types, section)?;
            }
        }
        Ok(types)
    }

    fn imports(&mut self) -> Result<ImportSection, Fault> {
        let mut imports = ImportSection::new();
        imports.import(FIRST, "memory", self.memory_type(self.module.memory)?);
        // The table of the first part is larger by the slots.
        let table = wasm_encoder::TableType { maximum: None, ..self.table_type(self.module.table)? };
        imports.import(FIRST, TABLE, table);
        imports.import(FIRST, STACK, self.global_type(self.module.stack)?);
        for (function, name) in &self.part.shared {
            imports.import(FIRST, name, EntityType::Function(self.module.type_of(*function)));
        }
        Ok(imports)
    }

    /// Fills the slots that the stubs jump through.
    fn slots(&self) -> ElementSection {
        let asked: Vec<u32> = self.part.asked.iter().map(|function| self.indices[function]).collect();
        let mut slots = ElementSection::new();
        let first = ConstExpr::i32_const(self.part.slot.cast_signed());
        slots.active(None, &first, Elements::Functions(asked.into()));
        slots
    }
}
