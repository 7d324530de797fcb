-- What is sold while measuring: product 100 and up, one for each instance.
INSERT INTO products (id, name, stock)
    SELECT 100 + i, 'bench ' || i, 1000000000 FROM generate_series(0, 1100) AS i
ON CONFLICT (id) DO NOTHING;
