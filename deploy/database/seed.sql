-- Something to sell in the local cloud of `make run`: the last ticket, a limited
-- drop, a big sale, and one with short holds.  Not for production, where it would
-- put products on sale that nobody has: deploy/README.md says how to create yours.
-- Products that are there already stay as they are, so it can be applied again.

INSERT INTO products (id, name, stock, per_buyer, hold_s) VALUES
    (1, 'The last ticket', 1, NULL, 600),
    (2, 'Limited drop', 100, NULL, 600),
    (3, 'Big sale', 5000, NULL, 600),
    (4, 'Four each, held for half a minute', 20, 4, 30)
ON CONFLICT (id) DO NOTHING;
