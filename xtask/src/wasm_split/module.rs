//! What splitting has to know of a module.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{
    ConstExpr, ElementItems, Export, ExternalKind, FunctionBody, GlobalType, Import, MemoryType, Operator,
    Parser, Payload, TableType, TypeRef,
};

use crate::Result;

/// A module with one memory, whose table 0 is that of the functions and whose global 0 is the stack pointer: what
/// wasm-bindgen makes.
pub(super) struct Module<'a> {
    pub(super) bytes: &'a [u8],
    /// The type of each function, imported ones first.
    pub(super) types: Vec<u32>,
    /// The parameters of each type.
    pub(super) parameters: Vec<u32>,
    pub(super) imports: Vec<Import<'a>>,
    pub(super) imported: u32,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    pub(super) exports: Vec<Export<'a>>,
    pub(super) tables: Vec<TableType>,
    pub(super) table: TableType,
    pub(super) memory: MemoryType,
    pub(super) stack: GlobalType,
    /// Functions that are called through the table, or when the module starts.
    indirect: BTreeSet<u32>,
    calls: BTreeMap<u32, BTreeSet<u32>>,
}

#[derive(Default)]
struct Parts<'a> {
    types: Vec<u32>,
    parameters: Vec<u32>,
    imports: Vec<Import<'a>>,
    bodies: Vec<FunctionBody<'a>>,
    exports: Vec<Export<'a>>,
    tables: Vec<TableType>,
    memory: Option<MemoryType>,
    stack: Option<GlobalType>,
    indirect: BTreeSet<u32>,
}

impl<'a> Module<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut parts = Parts::default();
        for payload in Parser::new(0).parse_all(bytes) {
            parts.add(payload?)?;
        }
        let mut calls = BTreeMap::new();
        let imported = u32::try_from(parts.imports.len())?;
        for (index, body) in (imported..).zip(&parts.bodies) {
            calls.insert(index, called_by(body)?);
        }
        Ok(Self {
            bytes,
            types: parts.types,
            parameters: parts.parameters,
            imports: parts.imports,
            imported,
            bodies: parts.bodies,
            exports: parts.exports,
            table: *parts.tables.first().ok_or("there is no table of functions")?,
            tables: parts.tables,
            memory: parts.memory.ok_or("there is no memory")?,
            stack: parts.stack.ok_or("there is no stack pointer")?,
            indirect: parts.indirect,
            calls,
        })
    }

    pub(super) fn exported_function(&self, name: &str) -> Result<u32> {
        let found = self.exports.iter().find(|export| export.name == name && is_function(export));
        Ok(found.ok_or_else(|| format!("the module exports no function {name}"))?.index)
    }

    /// Functions that are called from without.
    pub(super) fn roots(&self) -> impl Iterator<Item = u32> + '_ {
        let exported = self.exports.iter().filter(|export| is_function(export)).map(|export| export.index);
        exported.chain(self.indirect.iter().copied())
    }

    /// These functions, and all that they call, directly or not.
    pub(super) fn reachable(&self, from: impl Iterator<Item = u32>) -> BTreeSet<u32> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<u32> = from.collect();
        while let Some(function) = open.pop() {
            if reached.insert(function) {
                open.extend(self.calls(function));
            }
        }
        reached
    }

    /// The functions that a function calls directly.
    pub(super) fn calls(&self, function: u32) -> impl Iterator<Item = u32> + '_ {
        self.calls.get(&function).into_iter().flatten().copied()
    }

    /// How many functions there are, imported ones included.
    pub(super) fn functions(&self) -> u32 {
        self.imported + u32::try_from(self.bodies.len()).unwrap_or(u32::MAX)
    }

    /// Functions that are defined here, by the size of their bodies: what is alike is often of one size, and compresses better
    /// when it stands together.
    pub(super) fn by_size(&self, functions: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut functions: Vec<u32> = functions.collect();
        let size = |function: &u32| self.bodies[(function - self.imported) as usize].range().len();
        functions.sort_by_key(size);
        functions
    }

    pub(super) fn body(&self, function: u32) -> Result<FunctionBody<'a>> {
        let defined = function.checked_sub(self.imported).ok_or("an imported function has no body")?;
        Ok(self.bodies[defined as usize].clone())
    }

    pub(super) fn type_of(&self, function: u32) -> u32 {
        self.types[function as usize]
    }
}

impl<'a> Parts<'a> {
    fn add(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::TypeSection(types) => {
                for function in types.into_iter_err_on_gc_types() {
                    self.parameters.push(u32::try_from(function?.params().len())?);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.import(import?)?;
                }
            }
            Payload::FunctionSection(functions) => {
                for function in functions {
                    self.types.push(function?);
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    self.tables.push(table?.ty);
                }
            }
            Payload::MemorySection(memories) => self.memory = memories.into_iter().next().transpose()?,
            Payload::GlobalSection(globals) => {
                self.stack = globals.into_iter().next().transpose()?.map(|global| global.ty);
            }
            Payload::ExportSection(exports) => {
                self.exports = exports.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::StartSection { func, .. } => drop(self.indirect.insert(func)),
            Payload::ElementSection(elements) => {
                for element in elements {
                    self.element(element?.items)?;
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, import: Import<'a>) -> Result<()> {
        let TypeRef::Func(kind) = import.ty else {
            return Err(format!("{} is imported, and no function", import.name).into());
        };
        self.types.push(kind);
        self.imports.push(import);
        Ok(())
    }

    fn element(&mut self, items: ElementItems<'_>) -> Result<()> {
        match items {
            ElementItems::Functions(functions) => {
                for function in functions {
                    self.indirect.insert(function?);
                }
            }
            ElementItems::Expressions(_, expressions) => {
                for expression in expressions {
                    self.indirect.extend(named_in(&expression?)?);
                }
            }
        }
        Ok(())
    }
}

fn is_function(export: &Export<'_>) -> bool {
    export.kind == ExternalKind::Func
}

fn named_in(expression: &ConstExpr<'_>) -> Result<Option<u32>> {
    for operator in expression.get_operators_reader() {
        if let Operator::RefFunc { function_index } = operator? {
            return Ok(Some(function_index));
        }
    }
    Ok(None)
}

fn called_by(body: &FunctionBody<'_>) -> Result<BTreeSet<u32>> {
    let mut called = BTreeSet::new();
    for operator in body.get_operators_reader()? {
        if let Operator::Call { function_index }
        | Operator::ReturnCall { function_index }
        | Operator::RefFunc { function_index } = operator?
        {
            called.insert(function_index);
        }
    }
    Ok(called)
}
