// Does with twilio (npm), or with SignalWire's fork of it, what their users do with recordings.
const fs = require("node:fs");
const { createRequire } = require("node:module");

const given = JSON.parse(process.argv[2]);
const load = createRequire(`${given.modules}/package.json`);

// Pointed at the vault, each client in its own way.
function client(token) {
  if (given.client === "compatibility-api") {
    const { RestClient } = load("@signalwire/compatibility-api");
    const made = RestClient(given.account, token, { signalwireSpaceUrl: "example.signalwire.com" });
    made.api.baseUrl = given.base;
    return made;
  }
  const made = load("twilio")(given.account, token);
  made.api.baseUrl = given.base;
  return made;
}

// How the client tells its user that it cannot be done.
async function refusal(work) {
  try {
    return { status: null, done: String(await work()) };
  } catch (error) {
    return { status: error.status, code: error.code, message: error.message };
  }
}

const fields = (it) => ({
  sid: it.sid,
  accountSid: it.accountSid,
  callSid: it.callSid,
  channels: it.channels,
  dateCreated: it.dateCreated && it.dateCreated.toISOString(),
  startTime: it.startTime && it.startTime.toISOString(),
  duration: it.duration,
  price: it.price,
  status: it.status,
  source: it.source,
  uri: it.uri,
});

async function download(uri) {
  for (const kind of ["mp3", "wav"]) {
    const answer = await fetch(given.base + uri.replace(".json", `.${kind}`));
    if (!answer.ok) throw new Error(`${kind}: ${answer.status}`);
    fs.writeFileSync(`${given.folder}/${kind}`, Buffer.from(await answer.arrayBuffer()));
  }
}

async function pages(list) {
  const found = [];
  let page = await list.page({ pageSize: 3 });
  while (page) {
    found.push(page.instances.map((it) => it.sid));
    page = page.nextPageUrl ? await page.nextPage() : null;
  }
  return found;
}

async function main() {
  const own = client(given.token);
  const wrong = client(given.wrong_token);
  const call = await own.recordings(given.call).fetch();
  await download(call.uri);
  const sids = async (list, options) => (await list.list(options)).map((it) => it.sid);
  const told = {
    call: fields(call),
    pages: await pages(own.recordings),
    all: await sids(own.recordings, { limit: 1500 }),
    ofCall: await sids(own.calls(call.callSid).recordings, {}),
    byCall: await sids(own.recordings, { callSid: call.callSid }),
    later: await sids(own.recordings, { dateCreatedAfter: new Date("2200-01-01T00:00:00Z") }),
    earlier: await sids(own.recordings, { dateCreatedBefore: new Date("2200-01-01T00:00:00Z") }),
    unknown: await refusal(() => own.recordings(given.unknown).fetch()),
    unauthorized: await refusal(() => wrong.recordings(given.call).fetch()),
    notDeletable: await refusal(() => own.recordings(given.in_progress).remove()),
    deleted: await own.recordings(given.call).remove(),
    after: await refusal(() => own.recordings(given.call).fetch()),
    again: await refusal(() => own.recordings(given.call).remove()),
  };
  console.log(JSON.stringify(told));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
