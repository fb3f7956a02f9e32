// What Medusa itself is told; every value comes from store/environment.js, which reads it once.
const { defineConfig } = require("@medusajs/framework/utils")
const { environment } = require("./store/environment")

const store = environment(process.env)

module.exports = defineConfig({
  admin: { disable: process.env.MEDUSA_ADMIN === "0", path: "/app", backendUrl: "/" },
  modules: [
    {
      resolve: "@medusajs/medusa/file",
      options: {
        providers: [
          {
            resolve: "@medusajs/medusa/file-local",
            id: "local",
            // Written to /srv/static, the store's volume, and served from there.
            options: { backend_url: `${store.url}/static` },
          },
        ],
      },
    },
  ],
  projectConfig: {
    databaseUrl: store.databaseUrl,
    databaseDriverOptions: { connection: { ssl: false }, pool: { min: 1, max: 12 } },
    // A browser drops a `secure` cookie of a shop without TLS, and nobody could log in to the admin pages.
    cookieOptions: { sameSite: "lax", secure: store.url.startsWith("https:") },
    http: {
      // Shop, admin pages and API share one origin: no other site's pages may call the API with cookies.
      storeCors: store.url,
      adminCors: store.url,
      authCors: store.url,
      jwtSecret: store.jwtSecret,
      cookieSecret: store.cookieSecret,
    },
  },
})
