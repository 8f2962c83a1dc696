// Before any module: zod asks for this where a schema is made. Nothing may compile code at run time: the content security policy forbids it.
globalThis.__zod_globalConfig = { jitless: true }
