"use strict"
// Labels of the image, as JSON.
const { existsSync } = require("node:fs")
const { join } = require("node:path")
const { version } = require("./version")

const admin = existsSync(join(__dirname, "../public/admin/index.html")) ? version : "absent"
console.log(JSON.stringify({ "storefleet.dev/medusa": version, "storefleet.dev/medusa-admin": admin }))
