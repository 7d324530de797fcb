// The sale in Go, with the standard library alone: the same protocol as ours in
// its best form. One transaction takes the lock and the fence, connections are
// kept, and the lock is released when the client has its answer.
//
// Under the name go-client it asks by net/http's client, as people write it.
// Under any other it writes its requests itself and reads the answers by
// http.ReadResponse, all in one goroutine, and connects before the first event:
// the client has two more for each connection, and handing on between them takes
// more time than the request.
package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	kvTimeout = 800 * time.Millisecond
	dbTimeout = 3 * time.Second
)

// A peer is a server and the kept connection to it.
type peer struct {
	at          *url.URL
	name, value string      // of a field of each request's head
	tls         *tls.Config // nil: plain HTTP
	timeout     time.Duration
	client      *http.Client // nil: what follows
	conn        net.Conn
	reader      *bufio.Reader
	request     bytes.Buffer
}

var byClient = filepath.Base(os.Args[0]) == "go-client"

func newPeer(address, name, value string, roots *x509.CertPool, timeout time.Duration) *peer {
	at, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	p := &peer{at: at, name: name, value: value, timeout: timeout}
	if at.Scheme == "https" {
		p.tls = &tls.Config{RootCAs: roots, ServerName: at.Hostname(), MinVersion: tls.VersionTLS12,
			ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	}
	if byClient {
		p.client = &http.Client{Timeout: timeout,
			Transport: &http.Transport{TLSClientConfig: p.tls, DisableCompression: true}}
	}
	return p
}

func (p *peer) askByClient(method, path string, body []byte) (*http.Response, []byte, error) {
	request, err := http.NewRequest(method, p.at.Scheme+"://"+p.at.Host+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set(p.name, p.value)
	request.Header.Set("Content-Type", "application/json")
	response, err := p.client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response, text, err
}

func (p *peer) connect() (err error) {
	p.conn, err = net.Dial("tcp", p.at.Host)
	if err == nil && p.tls != nil {
		secure := tls.Client(p.conn, p.tls)
		p.conn = secure
		err = secure.Handshake()
	}
	if err != nil {
		p.drop()
		return err
	}
	p.reader = bufio.NewReader(p.conn)
	return nil
}

func (p *peer) drop() {
	if p.conn != nil {
		p.conn.Close()
		p.conn = nil
	}
}

func (p *peer) once(method, path string, body []byte) (*http.Response, []byte, error) {
	if p.conn == nil {
		if err := p.connect(); err != nil {
			return nil, nil, err
		}
	}
	if p.timeout > 0 {
		p.conn.SetDeadline(time.Now().Add(p.timeout))
	}
	p.request.Reset()
	fmt.Fprintf(&p.request, "%s %s HTTP/1.1\r\nHost: %s\r\n%s: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		method, path, p.at.Host, p.name, p.value, len(body))
	p.request.Write(body)
	if _, err := p.conn.Write(p.request.Bytes()); err != nil {
		return nil, nil, err
	}
	response, err := http.ReadResponse(p.reader, nil)
	if err != nil {
		return nil, nil, err
	}
	text, err := io.ReadAll(response.Body)
	return response, text, err
}

// ask sends a request, and again on a new connection where the kept one is dead.
func (p *peer) ask(method, path string, body []byte) (*http.Response, []byte, error) {
	if p.client != nil {
		return p.askByClient(method, path, body)
	}
	kept := p.conn != nil
	response, text, err := p.once(method, path, body)
	var late net.Error
	if err != nil {
		p.drop()
		if kept && !(errors.As(err, &late) && late.Timeout()) {
			response, text, err = p.once(method, path, body)
		}
	}
	if err != nil || response.Close {
		p.drop()
	}
	return response, text, err
}

type wish struct {
	Product  int64  `json:"product_id"`
	Quantity int64  `json:"quantity"`
	Buyer    string `json:"buyer"`
}

type answer struct {
	Status  int               `json:"statusCode"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

type bouncer struct{ api, kv, sql *peer }

func reply(status int, body any) answer {
	text, _ := json.Marshal(body)
	return answer{status, map[string]string{"content-type": "application/json", "cache-control": "no-store"}, string(text)}
}

func problem(status int, title string) answer {
	a := reply(status, map[string]any{"type": "about:blank", "title": title, "status": status, "retry_after_ms": 700})
	a.Headers["content-type"] = "application/problem+json"
	a.Headers["retry-after"] = "1"
	return a
}

func newToken() string {
	var bytes [16]byte
	rand.Read(bytes[:])
	return hex.EncodeToString(bytes[:])
}

// acquire gives the fence, and whether the lock is ours.
func (b *bouncer) acquire(name, token string) (fence int64, ours bool, err error) {
	body, _ := json.Marshal([][]any{{"SET", "lock:" + name, token, "NX", "EX", 10},
		{"INCR", "fence:" + name}, {"GET", "lock:" + name}})
	response, text, err := b.kv.ask("POST", "/multi-exec", body)
	if err != nil {
		return 0, false, err
	}
	var results []struct{ Result json.RawMessage }
	var owner string
	if response.StatusCode != 200 || json.Unmarshal(text, &results) != nil || len(results) != 3 ||
		json.Unmarshal(results[1].Result, &fence) != nil || json.Unmarshal(results[2].Result, &owner) != nil {
		return 0, false, fmt.Errorf("the store said %d", response.StatusCode)
	}
	return fence, owner == token, nil
}

func (b *bouncer) release(name, token string) {
	body, _ := json.Marshal([]any{"DELEX", "lock:" + name, "IFEQ", token})
	if _, _, err := b.kv.ask("POST", "/", body); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

const query = `SELECT purchase("product_id" => $1, "quantity" => $2, "buyer" => $3, "idempotency_key" => $4, "fence" => $5, "lock" => $6) AS answer`

// buy calls the SQL function. Whether the lock may go: not after a "maybe".
func (b *bouncer) buy(w wish, key, lock string, fence int64) (answer, bool) {
	body, _ := json.Marshal(map[string]any{"query": query, "params": []string{fmt.Sprint(w.Product),
		fmt.Sprint(w.Quantity), w.Buyer, key, fmt.Sprint(fence), lock}})
	response, text, err := b.sql.ask("POST", b.sql.at.Path, body)
	var result struct {
		Rows []struct{ Answer map[string]any }
	}
	if err != nil || response.StatusCode != 200 || json.Unmarshal(text, &result) != nil || len(result.Rows) != 1 ||
		result.Rows[0].Answer["key"] != key {
		return problem(504, "The database gave no clear answer in time"), false
	}
	row := result.Rows[0].Answer
	status := map[any]int{"sold": 201, "replayed": 200, "sold_out": 410, "unknown_product": 404}[row["outcome"]]
	if status == 0 {
		return problem(503, "The lock was not the newest any more"), true
	}
	for _, ours := range []string{"outcome", "key", "fence"} {
		delete(row, ours)
	}
	return reply(status, row), true
}

// serve gives the answer, and what is still to be done when the client has it.
func (b *bouncer) serve(text []byte) (answer, func()) {
	var event struct{ RawPath, Body string }
	w := wish{Quantity: 1}

	if json.Unmarshal(text, &event) != nil || event.RawPath == "/api/health" {
		return reply(200, map[string]any{}), nil
	}
	input := json.NewDecoder(bytes.NewReader([]byte(event.Body)))
	input.DisallowUnknownFields()
	if input.Decode(&w) != nil || w.Product < 1 || w.Quantity < 1 || w.Quantity > 10 || w.Buyer == "" || len(w.Buyer) > 200 {
		return problem(400, "The request has missing or invalid fields"), nil
	}
	name, token := fmt.Sprintf("product:%d", w.Product), newToken()
	fence, ours, err := b.acquire(name, token)
	if err != nil {
		return problem(503, "The lock's store gives no answer"), func() { b.release(name, token) }
	} else if !ours {
		return problem(409, "Somebody else is being served"), nil
	}
	a, over := b.buy(w, newToken(), name, fence)
	if !over {
		return a, nil
	}
	return a, func() { b.release(name, token) }
}

func main() {
	roots := x509.NewCertPool()
	if pem, err := os.ReadFile(os.Getenv("BOUNCER_CA_FILE")); err != nil || !roots.AppendCertsFromPEM(pem) {
		panic("no certificates")
	}
	b := bouncer{
		api: newPeer("http://"+os.Getenv("AWS_LAMBDA_RUNTIME_API"), "User-Agent", "bench", nil, 0),
		kv:  newPeer(os.Getenv("UPSTASH_REDIS_REST_URL"), "Authorization", "Bearer "+os.Getenv("UPSTASH_REDIS_REST_TOKEN"), roots, kvTimeout),
		sql: newPeer(os.Getenv("BOUNCER_SQL_URL"), "Neon-Connection-String", os.Getenv("DATABASE_URL"), roots, dbTimeout),
	}
	var both sync.WaitGroup
	for _, store := range []*peer{b.kv, b.sql} {
		both.Add(1)
		go func(store *peer) {
			defer both.Done()
			if !byClient {
				store.connect() // A failure is not an error; the first exchange connects.
			}
		}(store)
	}
	both.Wait()
	for {
		event, text, err := b.api.ask("GET", "/2018-06-01/runtime/invocation/next", nil)
		if err != nil {
			os.Exit(1)
		}
		start := time.Now()
		a, after := b.serve(text)
		body, _ := json.Marshal(a)
		duration := time.Since(start)
		b.api.ask("POST", "/2018-06-01/runtime/invocation/"+event.Header.Get("Lambda-Runtime-Aws-Request-Id")+"/response", body)
		if after != nil {
			after()
		}
		fmt.Fprintf(os.Stderr, "{\"status\":%d,\"duration_us\":%d}\n", a.Status, duration.Microseconds())
	}
}
