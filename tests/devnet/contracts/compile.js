// Compiles one request in solc's JSON form from stdin: `node compile.js <soljson.js>`.
const solidity = require(process.argv[2]);
const compile = solidity.cwrap("solidity_compile", "string", ["string", "number", "number"]);
const request = require("fs").readFileSync(0, "utf8");
process.stdout.write(compile(request, 0, 0));
