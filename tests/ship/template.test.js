// The template for AWS: what must be in it whatever else changes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseDocument } from 'yaml';

const file = new URL('../../deploy/aws/template.yaml', import.meta.url);
const text = readFileSync(file, 'utf8');

// CloudFormation's short forms, as {"!Ref": ...}.
const names = ['Ref', 'Sub', 'GetAtt', 'If', 'Equals', 'Not', 'And', 'FindInMap', 'Condition'];
const short = (collection) => (name) => ({
  tag: `!${name}`,
  collection,
  resolve: (value) => ({ [`!${name}`]: collection ? value.toJSON() : value }),
});
const customTags = [...names.map(short()), ...names.map(short('seq'))];
const document = parseDocument(text, { customTags });
const template = document.toJS();
const { Resources: resources, Parameters: parameters, Conditions: conditions } = template;
const properties = (name) => resources[name].Properties;

// Every [tag, value] of the short forms anywhere below.
function* uses(value) {
  if (value === null || typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value)) {
    if (key.startsWith('!')) yield [key.slice(1), inner];
    yield* uses(inner);
  }
}

test('the template is YAML without errors', () => {
  assert.deepEqual(document.errors, []);
  assert.deepEqual(document.warnings, []);
});

test('every name that the template uses exists, every parameter is used', () => {
  const used = new Set();
  const known = (name) =>
    name.startsWith('AWS::') || name in resources || name in parameters;
  for (const [tag, value] of uses(template)) {
    if (tag === 'Ref') used.add(value);
    if (tag === 'GetAtt') used.add(value.split('.')[0]);
    if (tag === 'Sub') for (const [, name] of value.matchAll(/\$\{([^}]+)\}/g)) used.add(name);
    if (tag === 'If') assert.ok(value[0] in conditions, value[0]);
    if (tag === 'Condition') assert.ok(value in conditions, value);
    if (tag === 'FindInMap') assert.ok(value[0] in template.Mappings, value[0]);
  }
  for (const name of used) assert.ok(known(name), name);
  for (const name of Object.keys(parameters)) assert.ok(used.has(name), `${name} is not used`);
  for (const { Condition: name } of Object.values(resources)) assert.ok(!name || name in conditions);
});

test('the function is a custom runtime, arm64 unless asked otherwise', () => {
  const of = properties('Function');
  assert.equal(of.Runtime, 'provided.al2023');
  assert.equal(of.Handler, 'bootstrap');
  assert.deepEqual(of.Architectures, [{ '!Ref': 'Architecture' }]);
  assert.equal(parameters.Architecture.Default, 'arm64');
  assert.deepEqual(of.MemorySize, { '!Ref': 'MemoryMB' });
  assert.deepEqual(of.ReservedConcurrentExecutions['!If'][1], { '!Ref': 'ReservedConcurrency' });
});

test('no invocation ends before its lease', () => {
  const of = properties('Function');
  assert.deepEqual(of.Timeout, { '!FindInMap': ['Timeout', { '!Ref': 'LeaseSeconds' }, 'Seconds'] });
  assert.deepEqual(of.Environment.Variables.BOUNCER_LEASE_S, { '!Ref': 'LeaseSeconds' });
  for (const lease of parameters.LeaseSeconds.AllowedValues)
    assert.ok(template.Mappings.Timeout[lease].Seconds > Number(lease), lease);
  assert.ok(parameters.LeaseSeconds.AllowedValues.includes(parameters.LeaseSeconds.Default));
});

test('every secret comes from Secrets Manager', () => {
  const secrets = properties('Function').Environment.Variables;
  const names = Object.keys(secrets).filter((name) => !name.startsWith('BOUNCER_')).sort();
  assert.deepEqual(names, ['DATABASE_URL', 'POSTGREST_TOKEN', 'POSTGREST_URL',
    'SUPABASE_SECRET_KEY', 'SUPABASE_URL', 'UPSTASH_REDIS_REST_TOKEN', 'UPSTASH_REDIS_REST_URL']);
  for (const name of names) {
    const [[, reference]] = [...uses(secrets[name])].filter(([tag]) => tag === 'Sub')
      .concat(secrets[name]['!Sub'] ? [['Sub', secrets[name]['!Sub']]] : []);
    assert.equal(reference,
      `{{resolve:secretsmanager:\${SecretName}:SecretString:${name}}}`);
  }
});

test("the callers' secrets are shown to nobody and long, or not set", () => {
  const variables = properties('Function').Environment.Variables;
  assert.deepEqual(variables.BOUNCER_SECRET, { '!Ref': 'CallerSecret' });
  assert.deepEqual(variables.BOUNCER_SECRET_2, { '!Ref': 'CallerSecret2' });
  for (const { NoEcho, Default, AllowedPattern } of [parameters.CallerSecret, parameters.CallerSecret2]) {
    assert.equal(NoEcho, true);
    assert.equal(Default, '');
    const allowed = new RegExp(`^(?:${AllowedPattern})$`);
    assert.deepEqual(['', 'a'.repeat(32), 'a'.repeat(31), `${'a'.repeat(32)} `].map((text) => allowed.test(text)),
      [true, true, false, false]);
  }
});

test('an empty parameter is a setting that is not set', () => {
  const variables = properties('Function').Environment.Variables;
  assert.deepEqual(variables.BOUNCER_CORS_ORIGINS, { '!Ref': 'CorsOrigins' });
  assert.deepEqual(variables.BOUNCER_PATH_PREFIX, { '!Ref': 'PathPrefix' });
  assert.equal(parameters.CorsOrigins.Default, '');
  assert.equal(parameters.PathPrefix.Default, '');
});

test('the function may write its own log and do nothing else', () => {
  const role = properties('Role');
  assert.equal(role.ManagedPolicyArns, undefined);
  const statements = role.Policies.flatMap((policy) => policy.PolicyDocument.Statement);
  assert.deepEqual(statements, [{
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: { '!GetAtt': 'Log.Arn' },
  }]);
  assert.deepEqual(properties('Log').RetentionInDays, { '!Ref': 'LogRetentionDays' });
  assert.deepEqual(properties('Function').LoggingConfig.LogGroup, { '!Ref': 'Log' });
});

test('only an open function URL is open, and the HTTP API alone may use its permission', () => {
  for (const [name, { Type, Condition, Properties }] of Object.entries(resources)) {
    if (Type !== 'AWS::Lambda::Permission') continue;
    if (Properties.Principal === '*') {
      assert.equal(Condition, 'UrlIsOpen', name);
      assert.ok(Properties.InvokedViaFunctionUrl || Properties.FunctionUrlAuthType === 'NONE', name);
    } else {
      assert.ok(Properties.SourceArn, name);
    }
  }
});

test('either front has an alarm on answers 5xx', () => {
  const metric = (name) => [properties(name).Namespace, properties(name).MetricName];
  assert.deepEqual(metric('UrlAlarm'), ['AWS/Lambda', 'Url5xxCount']);
  assert.deepEqual(metric('ApiAlarm'), ['AWS/ApiGateway', '5xx']);
  assert.equal(resources.UrlAlarm.Condition, 'HasUrl');
  assert.equal(resources.ApiAlarm.Condition, 'HasApi');
});
