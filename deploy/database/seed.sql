-- Something to sell in the local cloud of `make run`: the last ticket, a limited
-- drop, and a big sale.  Not for production, where it would put three products
-- on sale that nobody has: deploy/README.md says how to create yours.
-- Products that are there already stay as they are, so it can be applied again.

INSERT INTO products (id, name, stock) VALUES
    (1, 'The last ticket', 1),
    (2, 'Limited drop', 100),
    (3, 'Big sale', 5000)
ON CONFLICT (id) DO NOTHING;
