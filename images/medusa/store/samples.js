"use strict"
// The sample catalogue; each `handle` has a picture in storefront/pictures. Prices are in euro with tax.
const products = [
  {
    handle: "blue-bottle",
    title: "Blue Bottle",
    description: "A steel bottle with a double wall: cold for a day, hot for half of one.",
    option: "Size",
    values: ["0.5 l", "0.75 l"],
    price: 24.9,
  },
  {
    handle: "linen-bag",
    title: "Linen Bag",
    description: "Washed linen with long handles and a pocket inside. Carries more than it looks.",
    option: "Colour",
    values: ["Sand", "Moss"],
    price: 19.9,
  },
  {
    handle: "stone-mug",
    title: "Stone Mug",
    description: "Thrown by hand and fired twice, so that no two are quite alike. Holds 300 ml.",
    option: "Glaze",
    values: ["Chalk", "Slate"],
    price: 16.5,
  },
  {
    handle: "field-notebook",
    title: "Field Notebook",
    description: "Ninety-six dotted pages that open flat, in a cover which survives a coat pocket.",
    option: "Format",
    values: ["A5", "A6"],
    price: 9.9,
  },
  {
    handle: "wool-socks",
    title: "Wool Socks",
    description: "Merino from heel to toe: warm when wet, and good for a second day.",
    option: "Size",
    values: ["36–40", "41–45"],
    price: 14.9,
  },
  {
    handle: "desk-lamp",
    title: "Desk Lamp",
    description: "An arm of ash, a shade of steel and a warm light that dims.",
    option: "Shade",
    values: ["White", "Graphite"],
    price: 79.0,
  },
]

module.exports = { products }
