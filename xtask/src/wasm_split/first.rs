//! The part that a page loads at once.

use std::collections::BTreeMap;

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, ExportKind, ExportSection, FunctionSection, ImportSection, TableSection};

use super::module::Module;
use super::names::{Names, PAGE};
use super::{Later, STACK, TABLE};
use crate::Result;

type Fault = reencode::Error<String>;

pub(super) fn encode(module: &Module<'_>, later: &[Later], names: &Names) -> Result<Vec<u8>> {
    let stays = |function: &u32| {
        later.iter().all(|part| part.asked.contains(function) || !part.moved.contains(function))
    };
    let slots = later.iter().flat_map(|part| part.asked.iter().copied().zip(part.slot..)).collect();
    let shared = later.iter().flat_map(|part| &part.shared).map(|(at, name)| (*at, name.as_str()));
    let shared = shared.filter(|(at, _)| stays(at)).collect();
    let defined = module.by_size((module.imported..module.functions()).filter(stays));
    let indices = (0..module.imported).chain(defined.iter().copied()).zip(0..).collect();
    let mut first = First { module, slots, shared, names, defined, indices };
    let mut encoded = wasm_encoder::Module::new();
    let parser = wasmparser::Parser::new(0);
    first
        .parse_core_module(&mut encoded, parser, module.bytes)
        .map_err(|error| format!("the first part cannot be written: {error}"))?;
    Ok(encoded.finish())
}

struct First<'m, 'a> {
    module: &'m Module<'a>,
    /// The slots of the calls that have moved.
    slots: BTreeMap<u32, u32>,
    /// Functions that other parts call, and the names under which they find them.
    shared: BTreeMap<u32, &'m str>,
    names: &'m Names,
    /// The functions that stay, in their new order; a call that moves stays as its stub.
    defined: Vec<u32>,
    indices: BTreeMap<u32, u32>,
}

impl First<'_, '_> {
    /// Passes the arguments on to the function in the slot.
    fn stub(&self, function: u32, slot: u32) -> wasm_encoder::Function {
        let kind = self.module.type_of(function);
        let mut stub = wasm_encoder::Function::new([]);
        let mut code = stub.instructions();
        for parameter in 0..self.module.parameters[kind as usize] {
            code.local_get(parameter);
        }
        code.i32_const(slot.cast_signed()).call_indirect(0, kind).end();
        stub
    }
}

impl Reencode for First<'_, '_> {
    type Error = String;

    fn function_index(&mut self, function: u32) -> Result<u32, Fault> {
        let stays = || fault(format!("function {function} has moved, and is needed by what stays").into());
        self.indices.get(&function).copied().ok_or_else(stays)
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        _: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Fault> {
        for function in &self.defined {
            functions.function(self.module.type_of(*function));
        }
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        _: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), Fault> {
        for import in &self.module.imports {
            imports.import(PAGE, &self.names.imports[import.name], self.entity_type(import.ty)?);
        }
        Ok(())
    }

    fn parse_table_section(
        &mut self,
        tables: &mut TableSection,
        _: wasmparser::TableSectionReader<'_>,
    ) -> Result<(), Fault> {
        for (i, table) in self.module.tables.iter().enumerate() {
            let mut table = self.table_type(*table)?;
            if i == 0 {
                table.minimum += self.slots.len() as u64;
                table.maximum = table.maximum.map(|_| table.minimum);
            }
            tables.table(table);
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Fault> {
        for export in section {
            let export = export?;
            let name = self.names.exports.get(export.name).map_or(export.name, String::as_str);
            exports.export(
                name,
                self.export_kind(export.kind)?,
                self.external_index(export.kind, export.index)?,
            );
        }
        exports.export(TABLE, ExportKind::Table, 0);
        exports.export(STACK, ExportKind::Global, 0);
        for (function, name) in &self.shared {
            exports.export(name, ExportKind::Func, self.indices[function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        _: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), Fault> {
        for function in self.defined.clone() {
            match self.slots.get(&function) {
                Some(slot) => drop(code.function(&self.stub(function, *slot))),
                None => self.parse_function_body(code, self.module.body(function).map_err(fault)?)?,
            }
        }
        Ok(())
    }
}

fn fault(error: Box<dyn std::error::Error>) -> Fault {
    reencode::Error::UserError(error.to_string())
}
