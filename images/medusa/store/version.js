"use strict"
// The Medusa that is in this image, from the image's own package.json, where every version is exact.
const { dependencies } = require("../package.json")

module.exports = { version: dependencies["@medusajs/medusa"] }
