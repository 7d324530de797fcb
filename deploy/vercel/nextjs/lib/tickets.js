// What you sell, by the id in the database, as Stripe's line items without their
// quantity: { price: 'price_...' } for a price made in Stripe's dashboard, or
// the price itself. It stands here, on the server: a browser never names one.
export const tickets = {
  101: {
    price_data: {
      currency: 'eur',
      unit_amount: 4500,
      product_data: { name: 'Friday, standing' },
    },
  },
};
