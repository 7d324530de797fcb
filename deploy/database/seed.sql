-- Something to sell: the last ticket, a limited drop, and a big sale.
-- Products that are there already stay as they are, so it can be applied again.
--     psql "$DATABASE_URL" --file deploy/database/seed.sql

INSERT INTO products (id, name, stock) VALUES
    (1, 'The last ticket', 1),
    (2, 'Limited drop', 100),
    (3, 'Big sale', 5000)
ON CONFLICT (id) DO NOTHING;
