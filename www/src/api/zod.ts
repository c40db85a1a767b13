import { z } from "zod";

// The content security policy forbids code that is made at run time: not even trying saves a reported violation.
z.config({ jitless: true });

export { z };
