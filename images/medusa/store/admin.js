"use strict"
const Scrypt = require("scrypt-kdf")
const { ulid } = require("ulid")

// As @medusajs/auth-emailpass makes and checks it.
const HASHING = { logN: 15, r: 8, p: 1 }

/**
 * Write an administrator who logs in with `email` and `password`.
 *
 * Rows, not Medusa's workflow, because the workflow needs the whole of Medusa: ten seconds and 300 MB for
 * four rows. The image's build logs in as such a user, so a Medusa with other tables fails there.
 */
async function createAdministrator(client, email, password) {
  const hash = (await Scrypt.kdf(password, HASHING)).toString("base64")
  const user = `user_${ulid()}`
  const identity = `authid_${ulid()}`
  await client.query(`INSERT INTO public."user" (id, email) VALUES ($1, $2)`, [user, email])
  await client.query("INSERT INTO public.auth_identity (id, app_metadata) VALUES ($1, $2)", [identity, { user_id: user }])
  await client.query(
    `INSERT INTO public.provider_identity (id, entity_id, provider, auth_identity_id, provider_metadata)
     VALUES ($1, $2, 'emailpass', $3, $4)`,
    [ulid(), email, identity, { password: hash }],
  )
}

/** Take every administrator away; for the template, which no store's owner has used. */
async function removeAdministrators(client) {
  for (const table of ["provider_identity", "auth_identity", '"user"']) await client.query(`DELETE FROM public.${table}`)
}

module.exports = { createAdministrator, removeAdministrators }
