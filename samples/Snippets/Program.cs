// Nothing to run: this project compiles the code of README.md and docs/. A test looks every code block up in here.
Console.WriteLine("The snippets compile.");
