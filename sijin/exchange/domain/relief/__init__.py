"""Relief: what a firm is owed. The rules and the names of fields (`book`), words (`words`), a firm's sheet (`sheets`),
and what is kept of a firm (`figures`, `imports`). The computing is the engine's."""
