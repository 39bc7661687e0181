// The chain's side of one Orchestrator: rewards, account, and every intent with its call data.

import { facts, made, strip, table, verdict } from "./parts.js";

const LOOK = { Done: "good", Mined: "good", Failed: "bad", AwaitingApproval: "odd", AwaitingSignature: "odd" };

/** Return what is shown of the chain. */
export function chainParts(chain, card) {
  const account = chain.account ?? {};
  return [
    facts([
      ["Stage", chain.stage], ["Round", chain.round ? String(chain.round) : null], ["Round ends in", chain.roundLeft],
      ["This round's reward", chain.reward], ["Newest lost round", chain.missedRound ? String(chain.missedRound) : null],
      ["Next", chain.plan], ["Endpoints that answer", chain.rpc], ["Chain", chain.chainId ? String(chain.chainId) : null],
      ["Stake", account.totalLpt ? `${account.totalLpt} LPT, its own ${account.selfLpt} LPT` : null],
      ["Rank", account.rank ? String(account.rank) : null], ["Over the lowest", account.gapLpt ? `${account.gapLpt} LPT` : null],
      ["Keeps of rewards", percent(account.rewardCutPercent)], ["Keeps of fees", percent(account.feeCutPercent)],
      ["Fees to withdraw", account.feesEth ? `${account.feesEth} ETH` : null], ["Service URI", account.serviceURI],
    ]),
    made("p", {}, "Rewards of the last 30 rounds: ", strip(card.rewards)),
    rounds(chain.recentRewards ?? []),
    (chain.keys ?? []).length ? table("Who pays for gas", ["Role", "Address", "Signs by", ["Holds", "number"]],
      chain.keys.map((key) => [key.role, made("code", {}, key.address), key.signer, `${key.balanceEth} ETH`])) : null,
    made("h4", {}, "Intents"),
    chain.open.length ? null : made("p", { class: "quiet" }, "No transaction is wanted."),
    chain.open.map((intent) => made("section", { "data-key": intent.id, class: "intent" }, shown(intent, card))),
    chain.over.map((intent) => made("details", { "data-key": intent.id },
      made("summary", {}, verdict(LOOK[intent.state] ?? "quiet", intent.state), ` ${intent.kind} of round ${intent.round ?? 0}`), shown(intent, card))),
    chain.safeTransaction ? made("details", { "data-key": "safe" },
      made("summary", {}, "For a Safe's transaction builder"), made("pre", {}, chain.safeTransaction)) : null,
  ];
}

function percent(value) {
  return value === undefined || value === null ? null : `${value} %`;
}

function rounds(rewards) {
  const bad = rewards.filter((one) => ["late", "missed", "skipped"].includes(one.state));
  if (!bad.length) return null;
  return made("p", {}, `Not as they should be: ${bad.map((one) => `${one.round} ${one.state}`).join(", ")}`);
}

function shown(intent, card) {
  return [
    made("p", {}, made("strong", {}, intent.kind), " ", verdict(LOOK[intent.state] ?? "quiet", intent.state), ` ${intent.goal ?? ""}`),
    facts([
      ["Why", intent.why], ["Answered last", intent.message], ["Id", intent.id],
      ["To let it go", intent.state === "AwaitingApproval" ? made("code", {}, `podium chain approve ${card.name} -n ${card.namespace} ${intent.id}`) : null],
      ["Signer", intent.sender], ["Gas, at most", intent.gasLimit ? String(intent.gasLimit) : null],
      ["Wei for one gas, at most", intent.maxFeeWei], ["Nonce", intent.nonce === undefined ? null : String(intent.nonce)],
      ["Hashes", (intent.hashes ?? []).join(" ")], ["Block", intent.minedBlock ? String(intent.minedBlock) : null],
      ["Has cost", intent.costWei && intent.costWei !== "0" ? `${intent.costWei} wei` : null],
    ]),
    intent.to ? made("pre", {}, `to ${intent.to}\nvalue ${intent.valueWei ?? 0}\ndata ${intent.data || "0x"}`) : null,
  ];
}
