// A real OpenID provider in the shape of ProConnect: PKCE required, userinfo as a signed token,
// amr and auth_time for those who ask, sign-out in both directions. It believes whatever the
// person types at its page: who they are, where, and how they proved it.
import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const given = JSON.parse(process.env.PROVIDER ?? "{}");
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

const organisations = new Map();

function person(subject) {
  const claims = async () => ({ sub: subject, idp_id: organisations.get(subject) });
  return { accountId: subject, claims };
}

const provider = new Provider(given.issuer, {
  clients: [
    {
      client_id: given.client_id,
      client_secret: given.client_secret,
      redirect_uris: [`${given.site}/connexion/fournisseur/retour/`],
      post_logout_redirect_uris: [`${given.site}/deconnexion/terminee/`],
      backchannel_logout_uri: `${given.site}/connexion/fournisseur/fin/`,
      backchannel_logout_session_required: true,
      token_endpoint_auth_method: "client_secret_post",
      userinfo_signed_response_alg: "RS256",
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "one" }] },
  cookies: { keys: ["only-for-tests"] },
  claims: { openid: ["sub"], idp_id: ["idp_id"], acr: null, amr: null, auth_time: null, sid: null, iss: null },
  scopes: ["openid", "idp_id"],
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    jwtUserinfo: { enabled: true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      postLogoutSuccessSource: (ctx) => {
        ctx.body = page("Session terminée", "");
      },
      logoutSource: (ctx, form) => {
        ctx.body = page("Déconnexion", `${form}<button form="op.logoutForm" name="logout" value="yes">Terminer la session</button>`);
      },
    },
  },
  // Its guard against addresses of one's own machine would keep it from our pages.
  fetch: (url, { dispatcher: _guarded, ...options }) => globalThis.fetch(url, options),
  interactions: { url: (ctx, interaction) => `/moi/${interaction.uid}` },
  findAccount: (ctx, id) => person(id),
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid idp_id");
    grant.addOIDCClaims(["acr", "amr", "auth_time", "sid", "idp_id", "sub", "iss"]);
    await grant.save();
    return grant;
  },
  renderError: (ctx, out) => {
    ctx.body = page("Erreur", `<pre>${JSON.stringify(out)}</pre>`);
  },
  ttl: { AuthorizationCode: 30, AccessToken: 60, Session: 43200, Interaction: 600, Grant: 600, IdToken: 300 },
});

function page(title, body) {
  return `<!doctype html><html lang="fr"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}</html>`;
}

function field(name, label) {
  return `<p><label>${label} <input name="${name}"></label></p>`;
}

// Sign-out through the browser: what is left of front-channel sign-out is an address in a frame.
provider.use(async (ctx, next) => {
  if (ctx.path !== "/cadre") return next();
  const session = await provider.Session.get(ctx);
  const sid = session.sidFor(given.client_id);
  const asked = new URLSearchParams({ iss: given.issuer, sid });
  ctx.type = "html";
  ctx.body = page("Fin", `<iframe src="${given.site}/connexion/fournisseur/fin-navigateur/?${asked}"></iframe>`);
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/moi/")) return next();
  const details = await provider.interactionDetails(ctx.req, ctx.res);
  if (ctx.method === "GET") {
    ctx.type = "html";
    ctx.body = page(
      "Qui êtes-vous ?",
      `<form method="post">${field("subject", "Sujet")}${field("idp", "Organisme")}${field("amr", "Moyens")}${field("ago", "Il y a")}<button>Continuer</button><button name="refuse" value="yes">Renoncer</button></form>`,
    );
    return;
  }
  const chunks = [];
  for await (const chunk of ctx.req) chunks.push(chunk);
  const sent = new URLSearchParams(Buffer.concat(chunks).toString());
  if (sent.get("refuse")) {
    await provider.interactionFinished(ctx.req, ctx.res, { error: "access_denied" });
  } else {
    organisations.set(sent.get("subject"), sent.get("idp"));
    const ago = Number.parseInt(sent.get("ago") || "0", 10);
    await provider.interactionFinished(ctx.req, ctx.res, {
      login: {
        accountId: sent.get("subject"),
        amr: (sent.get("amr") || "pwd").split(","),
        ts: Math.floor(Date.now() / 1000) - ago,
        remember: true,
      },
    });
  }
  ctx.respond = false;
});

provider.on("server_error", (ctx, error) => console.error("server_error", error));
provider.on("backchannel.error", (ctx, error) => console.error("backchannel.error", error.message));

createServer(provider.callback()).listen(Number(new URL(given.issuer).port), "127.0.0.1", () => {
  console.log("listening");
});
