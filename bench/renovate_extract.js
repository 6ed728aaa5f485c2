// Prints what Renovate's managers extract from a folder: one JSON line a container image.
//
//     node renovate_extract.js RENOVATE_FOLDER FOLDER
//
// Every manager reads the files that its own patterns name; those without patterns by default (kubernetes, argocd,
// tekton, flux) and helm-values read every YAML file, as GitOps repositories configure it.
"use strict";
const fs = require("fs");
const path = require("path");

process.env.LOG_LEVEL = "fatal";
const [, , renovate, folder] = process.argv;
const root = path.resolve(renovate, "node_modules/renovate/dist");
require(path.join(root, "util/regex"));
const { GlobalConfig } = require(path.join(root, "config/global"));
GlobalConfig.set({ localDir: folder, cacheDir: folder });
const managers = require(path.join(root, "modules/manager"));

const YAML = ["\\.ya?ml$"];
const ANY_YAML = ["kubernetes", "flux", "argocd", "tekton", "helm-values"];
const NAMES = [
  "kubernetes", "flux", "helm-values", "kustomize", "argocd", "docker-compose", "dockerfile", "github-actions",
  "gitlabci", "ansible", "tekton", "terraform", "helmfile", "helmv3", "cloudbuild", "circleci", "droneci", "woodpecker",
  "azure-pipelines", "buildkite", "fleet",
];

function* walk(at) {
  for (const entry of fs.readdirSync(at, { withFileTypes: true })) {
    const full = path.join(at, entry.name);
    if (entry.isDirectory()) yield* walk(full);
    else if (entry.isFile()) yield path.relative(folder, full);
  }
}

async function main() {
  const files = [...walk(folder)];
  for (const name of NAMES) {
    const manager = managers.getManagers().get(name);
    if (!manager) continue;
    const own = (manager.defaultConfig && manager.defaultConfig.fileMatch) || [];
    const patterns = (ANY_YAML.includes(name) ? YAML : own).map((p) => new RegExp(p));
    const config = { registryAliases: {}, fileMatch: own };
    const mine = files.filter((file) => patterns.some((pattern) => pattern.test(file)));
    let found = [];
    if (manager.extractAllPackageFiles) {
      found = (await manager.extractAllPackageFiles(config, mine)) || [];
    } else {
      for (const file of mine) {
        const text = fs.readFileSync(path.join(folder, file), "utf8");
        let answer = null;
        try {
          answer = await manager.extractPackageFile(text, file, config);
        } catch (error) {
          continue;
        }
        if (answer) found.push({ ...answer, packageFile: file });
      }
    }
    for (const one of found) {
      for (const dep of one.deps || []) {
        if (dep.datasource !== "docker" || dep.skipReason) continue;
        const name_ = dep.packageName || dep.lookupName || dep.depName;
        const row = [one.packageFile, name, name_, dep.currentValue || null, dep.currentDigest || null];
        process.stdout.write(JSON.stringify(row) + "\n");
      }
    }
  }
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
