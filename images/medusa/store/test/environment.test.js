"use strict"
const assert = require("node:assert/strict")
const { existsSync } = require("node:fs")
const { join } = require("node:path")
const { test } = require("node:test")
const { environment } = require("../environment")
const { products } = require("../samples")
const { reader } = require("../shop")

const GIVEN = {
  DATABASE_HOST: "postgres", DATABASE_USER: "medusa", DATABASE_NAME: "medusa", DATABASE_PASSWORD_FILE: "/p",
  STORE_SECRET: "s", STORE_URL: "http://shop.test",
}

test("secrets come from files, and a password may hold any sign", () => {
  const found = environment(GIVEN, () => "p@ss:w/ö\n")
  assert.equal(found.databaseUrl, "postgres://medusa:p%40ss%3Aw%2F%C3%B6@postgres:5432/medusa")
})

test("each purpose has a key of its own, the same at every start", () => {
  const [one, two] = [environment(GIVEN, () => "p"), environment(GIVEN, () => "p")]
  assert.notEqual(one.jwtSecret, one.cookieSecret)
  assert.equal(one.jwtSecret, two.jwtSecret)
  assert.ok(one.jwtSecret.length >= 43)
})

test("what is missing is named", () => {
  for (const name of ["DATABASE_HOST", "DATABASE_USER", "DATABASE_NAME", "STORE_SECRET", "STORE_URL"]) {
    assert.throws(() => environment({ ...GIVEN, [name]: "" }, () => "p"), new RegExp(`^Error: ${name} `))
  }
})

test("every sample product has a picture and a handle of its own", () => {
  assert.equal(new Set(products.map((one) => one.handle)).size, products.length)
  for (const { handle } of products) {
    assert.ok(existsSync(join(__dirname, "../storefront/pictures", `${handle}.svg`)), handle)
  }
})

test("the shop's title is asked of the database once in half a minute, and the connection given back", async () => {
  let time = 0
  let open = 0
  let asked = 0
  const client = () => ({
    connect: async () => open++,
    end: async () => open--,
    query: async (sql) => {
      asked++
      return { rows: [{ name: "Nike", token: "pk_1", some: /product/.test(sql) }] }
    },
  })
  const shop = reader(client, () => time)
  assert.deepEqual(await shop(), { title: "Nike", key: "pk_1", sells: true })
  await shop()
  assert.equal(asked, 3)
  time = 30_001
  await shop()
  assert.equal(asked, 6)
  assert.equal(open, 0)
})
