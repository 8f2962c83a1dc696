/**
 * Tokens that providers mark with a text of their own, so that they can be found. Formats are facts of the providers' documentation
 * (the source is named per group; "seen" means: not documented, but all tokens look so). A class of characters is explained in token-format.ts. To add one:
 * the longest fixed text in front, then classes as narrow as the documentation allows.
 */
import type { Detector } from '../detector.ts'
import { checkDigits, hasBase62Crc32 } from './base62-crc32.ts'
import { tokenDetector, type TokenOptions } from './token-format.ts'

type Row = readonly [name: string, formats: readonly string[], options?: TokenOptions]

const prefixBytes = 4
const withChecksum: TokenOptions = {
  checksum: (bytes, from, to) =>
    to - from > prefixBytes + checkDigits && hasBase62Crc32(bytes, from + prefixBytes, to),
}
const likely: TokenOptions = { level: 'likely' }

/** IAM User Guide, "Unique identifiers"; Bedrock User Guide, "API keys"; Login with Amazon; Marketplace Web Service. */
const amazon: readonly Row[] = [
  ['aws_access_key_id', ['AKIA<u16>', 'ASIA<u16>', 'ABIA<u16>', 'A|CCA<u16>', 'A3T<u17>']],
  [
    'aws_bedrock_key',
    ['ABSKQmVkcm9ja0FQSUtleS<B100-140>', 'bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t<B8-4000>'],
  ],
  ['amazon_client_secret', ['amzn1.oa2-cs.v1.<h64>']],
  ['amazon_mws_token', ['amzn.mws.<h8>-<h4>-<h4>-<h4>-<h12>']],
]

/** Google Cloud, "API keys" and "OAuth 2.0"; Cloudflare, "Origin CA keys"; DigitalOcean, "Personal access tokens"; Alibaba Cloud and Tencent Cloud, "AccessKey"; Yandex Cloud, "IAM token"; Fly.io, "Access tokens"; Heroku, "API"; Scalingo, "API tokens". */
const clouds: readonly Row[] = [
  ['google_api_key', ['AIza<b35>'], { entropyMin: 3 }],
  ['google_oauth_secret', ['GOCSPX-<b28>']],
  ['google_oauth_token', ['ya29.<b40-2000>', 'ya29.<V40-2000>']],
  ['cloudflare_origin_key', ['v1.0-<h24>-<h146>']],
  ['digitalocean_token', ['dop_v1_<h64>', 'doo_v1_<h64>', 'dor_v1_<h64>']],
  ['alibaba_access_key_id', ['LTAI<w12-26>'], likely],
  ['tencent_secret_id', ['AKID<w32>'], likely],
  ['yandex_token', ['t1.<V3-24>.<b86>', 'AQVN<b35-38>', 'y0_<b53-80>', 'YCA<b37>'], likely],
  ['yandex_secret_key', ['YCM<b37>', 'YCO<b37>', 'YCs<b37>', 'YCN<b37>', 'YCP<b37>'], likely],
  ['flyio_token', ['fm1a_<B80-2000>', 'fm1r_<B80-2000>', 'fm2_<B80-2000>', 'fo1_<b43>']],
  ['heroku_token', ['HRKU-AA<b58>', 'HRKU-<h8>-<h4>-<h4>-<h4>-<h12>']],
  ['scalingo_token', ['tk-us-<b48>']],
  ['openshift_token', ['sha2|56~<b43>'], likely],
  [
    'tailscale_key',
    [
      'tskey-auth-<w10-20>-<w24-40>',
      'tskey-api-<w10-20>-<w24-40>',
      'tskey-client-<w10-20>-<w24-40>',
      'tskey-scim-<w10-20>-<w24-40>',
      'tskey-webhook-<w10-20>-<w24-40>',
    ],
  ],
  ['defined_networking_token', ['dnkey-<v26>-<v52>']],
  ['supabase_token', ['sbp_<h40>', 'sbp_oauth_<h40>', 'sb_secret_<b31>', 'sb_secret_<b22>_<b8>']],
  ['planetscale_token', ['pscale_pw_<V32-64>', 'pscale_tkn_<V32-64>', 'pscale_oauth_<V32-64>']],
  ['netlify_token', ['nfp_<w36>', 'nfc_<w36>', 'nfu_<w36>']],
  ['vercel_token', ['verce|l_blob_rw_<w16>_<w30-40>', 'vcp_<w56>', 'vci_<w56>', 'vca_<w56>']],
]

/** GitHub Docs, "Token types" and the blog on their format; GitLab Docs, "Token prefixes"; Atlassian, "API tokens"; SonarQube, Sourcegraph, Snyk, CircleCI, Buildkite, Harness, JFrog and Octopus: their documentation of tokens. */
const development: readonly Row[] = [
  ['github_pat', ['ghp_<w36>'], withChecksum],
  ['github_oauth', ['gho_<w36>'], withChecksum],
  ['github_app_token', ['ghu_<w36>', 'ghs_<w36>'], withChecksum],
  ['github_refresh_token', ['ghr_<w36-76>'], withChecksum],
  ['github_fine_grained_pat', ['gith|ub_pat_<x82>']],
  ['gitlab_pat', ['glpat-<b20-64>', 'glpat-<b27-300>.<l9>', 'glpat-<b27-300>.<l2>.<l9>']],
  ['gitlab_deploy_token', ['gldt-<b20-64>']],
  ['gitlab_trigger_token', ['glptt-<b20-64>']],
  [
    'gitlab_runner_token',
    [
      'glrt-<b20-64>',
      'glrt-<b27-300>.<l9>',
      'glrt-<b27-300>.<l2>.<l9>',
      'glrtr-<b20-64>',
      'GR1348941<b20>',
    ],
  ],
  ['gitlab_job_token', ['glcbt-<b20-64>', 'glcbt-<l1-5>_<b20>']],
  ['gitlab_feed_token', ['glft-<b20-80>', 'glimt-<b20-64>']],
  ['gitlab_agent_token', ['glagent-<b50-64>']],
  ['gitlab_scim_token', ['glsoat-<b20-64>', 'gloas-<b60-70>', 'glffct-<b20-64>', 'glwt-<b20-64>']],
  ['gitlab_session', ['_gitlab_session=<h32>'], likely],
  [
    'atlassian_token',
    [
      'ATA|TT3<b180-240>=<H8>',
      'ATA|TT3<v180-250>',
      'A|TCTT3xFfG<v150-250>',
      'ATBB<w32>',
      'A|TOA<v180-250>',
    ],
  ],
  ['sonar_token', ['sqp_<w40>', 'squ_<w40>', 'sqa_<w40>', 'sqb_<w40>']],
  ['sourcegraph_token', ['sgp_<H40>', 'sgp_<H16>_<H40>', 'sgp_local_<H40>', 'sgd_<H64>']],
  ['snyk_token', ['snyk_uat.<h8>.<b60-200>', 'snyk_sat.<h8>.<b60-200>']],
  ['circleci_token', ['CCIPAT_<w22>_<h40>', 'CCIPRJ_<w22>_<h40>']],
  ['buildkite_token', ['bkua_<h40>', 'bkct_<w30-80>', 'bkaj_<V30-600>']],
  ['artifactory_key', ['AKCp<w69>', 'cmVmd<w59>']],
  ['postman_key', ['PMAK-<h24>-<h34>']],
  ['infracost_key', ['ico-<w32>']],
  ['prefect_key', ['pnu_<l36>', 'pnb_<l36>']],
  ['readme_key', ['rdme_<l70>']],
  ['wakatime_key', ['waka_<h8>-<h4>-<h4>-<h4>-<h12>']],
  ['travis_token', ['trav|is_<w40>'], likely],
]

/** docs.npmjs.com, "About access tokens"; PyPI, "Help"; guides.rubygems.org; docs.docker.com; Clojars wiki; crates.io; NuGet. */
const registries: readonly Row[] = [
  ['npm_token', ['n|pm_<w36>'], withChecksum],
  ['pypi_token', ['pypi-AgE<b60-1000>']],
  ['rubygems_key', ['rubygems_<h48>']],
  ['docker_token', ['dckr_pat_<b27>', 'dckr_oat_<b32>']],
  ['clojars_token', ['C|LOJARS_<l60>']],
  ['crates_token', ['cio<w32>'], likely],
  ['nuget_key', ['oy2<l43>'], likely],
]

/** HashiCorp Vault, "Tokens"; age-encryption.org/v1; 1Password, "Secret Key" and "Service accounts"; Doppler, "Token formats"; Pulumi, "Access tokens"; Databricks, Grafana, New Relic, Dynatrace, Sentry, PostHog, Tinybird: their documentation of keys. */
const operations: readonly Row[] = [
  ['vault_token', ['hvs.<b24-300>', 'hvb.<b100-400>', 'hvr.<b24-300>'], { entropyMin: 3 }],
  ['age_secret_key', ['AGE-SECRET-KE|Y-1<u58>', 'AGE-SECRET-KEY|-PQ-1<u40-80>'], { entropyMin: 0 }],
  [
    'onepassword_key',
    ['A3-<u6>-<u11>-<u5>-<u5>-<u5>', 'A3-<u6>-<u6>-<u5>-<u5>-<u5>-<u5>'],
    { entropyMin: 3 },
  ],
  ['onepassword_token', ['o|ps_eyJ<B250-2000>', 'o|ps_eyJ<b250-2000>']],
  [
    'doppler_token',
    [
      'dp.pt.<w40-44>',
      'dp.ct.<w40-44>',
      'dp.sa.<w40-44>',
      'dp.scim.<w40-44>',
      'dp.audit.<w40-44>',
      'dp.st.<w40-44>',
      'dp.st.<b2-35>.<w40-44>',
      'dp.said.<w40-44>',
    ],
    { triggerBytesMin: 3 },
  ],
  ['pulumi_token', ['pul-<h40>']],
  ['databricks_token', ['dapi<h32>', 'dapi<h32>-<d1>', 'dose<h32>', 'dkea<h32>']],
  ['grafana_token', ['glc_<B32-400>', 'glsa_<w32>_<H8>']],
  ['grafana_api_key', ['eyJrIjoi<w70-400>', 'eyJrIjoi<B70-400>']],
  ['newrelic_key', ['NRAK-<u27>', 'NRJS-<h19>', 'NRII-<b32>', 'NRRA-<h42>', 'NRIQ-<b32>']],
  [
    'dynatrace_token',
    ['dt0c01.<w24>.<w64>', 'dt0s01.<w24>.<w64>', 'dt0s02.<w8>.<w64>', 'dt0s16.<w8>.<w64>'],
  ],
  [
    'sentry_token',
    [
      'sntryu_<h64>',
      'sntrya_<h64>',
      'sntryi_<h64>',
      'sntrys_eyJ<B80-2000>_<B40-48>',
      'sntrys_eyJ<B80-2000>',
    ],
  ],
  ['posthog_key', ['phx_<b40-60>', 'phs_<b40-60>']],
  ['tinybird_token', ['p|.eyJ<b40-400>.<b27>']],
  ['confluent_token', ['cflt<w60>']],
  ['launchdarkly_key', ['sdk-<h8>-<h4>-<h4>-<h4>-<h12>']],
  ['frameio_token', ['fio-u-<v64>']],
  ['mapbox_secret_token', ['sk.eyJ<b60-400>.<b22>']],
  ['figma_token', ['fi|gd_<b40>', 'fi|go_<b40>', 'f|igor_<b40>']],
]

/** Stripe, Square, Shopify, Plaid, Braintree, Flutterwave, GoCardless, EasyPost, Shippo, Duffel, Razorpay: "API keys" of each. Publishable keys are no secrets and not listed. */
const commerce: readonly Row[] = [
  [
    'stripe_key',
    [
      'sk_live_<w16-247>',
      'sk_test_<w16-247>',
      'sk_prod_<w16-247>',
      'rk_live_<w16-247>',
      'rk_test_<w16-247>',
      'rk_prod_<w16-247>',
    ],
  ],
  ['stripe_webhook_secret', ['whsec_<B24-64>']],
  ['square_token', ['sq0atp-<b22>', 'sq0csp-<b43>', 'EAAA<b60>']],
  [
    'shopify_token',
    ['shpat_<H32>', 'shpca_<H32>', 'shppa_<H32>', 'shpss_<H32>', 'shptka_<H32>', 'shpua_<H32>'],
  ],
  [
    'plaid_token',
    [
      'access-sandb|ox-<h8>-<h4>-<h4>-<h4>-<h12>',
      'acces|s-development-<h8>-<h4>-<h4>-<h4>-<h12>',
      'acces|s-production-<h8>-<h4>-<h4>-<h4>-<h12>',
    ],
  ],
  [
    'braintree_token',
    ['access_tok|en$production$<l16>$<h32>', 'access_tok|en$sandbox$<l16>$<h32>'],
  ],
  [
    'flutterwave_key',
    [
      'FLWPUBK_TEST-<h32>-X',
      'FLWSECK_TEST-<h32>-X',
      'FLWSECK_TEST-<h12>',
      'FLWSECK-<h32>-X',
      'FLWSECK-<h32>-<w12>-X',
    ],
  ],
  ['gocardless_token', ['live_<v40>', 'sandbox_<v40>'], likely],
  ['easypost_key', ['EZAK<w54>', 'EZTK<w54>']],
  ['shippo_token', ['ship|po_live_<H40>', 'ship|po_test_<H40>']],
  ['duffel_token', ['duffel_live_<v43>', 'duffel_test_<v43>']],
  ['adobe_secret', ['p8e-<l32>', 'p8e-<b32>']],
  ['settlemint_token', ['sm_aat_<w16>', 'sm_pat_<w16>', 'sm_sat_<w16>']],
]

/** OpenAI, Anthropic, Hugging Face, Groq, xAI, Perplexity, OpenRouter, Replicate, LangSmith, Pinecone, Tavily: "API keys" of each, and seen. */
const models: readonly Row[] = [
  [
    'openai_key',
    [
      'sk-proj-<b40-200>',
      'sk-admin-<b40-200>',
      'sk-svcacct-<b40-200>',
      'sk-None-<b40-200>',
      'sk-<w48>',
      'sk-<w20>T3BlbkFJ<w20>',
      'sk-<h32>',
    ],
    { triggerBytesMin: 3 },
  ],
  ['anthropic_key', ['sk-ant-api03-<b93>AA', 'sk-ant-admin01-<b93>AA', 'sk-ant-<l5-10>-<b60-120>']],
  ['huggingface_token', ['hf_<w34>', 'ap|i_org_<w34>']],
  ['groq_key', ['gsk_<w52>']],
  ['xai_key', ['xai-<w80>']],
  ['perplexity_key', ['p|plx-<w48>', 'p|plx-<w56>']],
  ['openrouter_key', ['sk-or-v1-<h64>']],
  ['replicate_token', ['r8_<w37>']],
  ['langsmith_key', ['lsv2_pt_<h32>_<h10>', 'lsv2_sk_<h32>_<h10>']],
  ['pinecone_key', ['pcsk_<w5-6>_<w63>']],
  ['tavily_key', ['tvly-<w32>', 'tvly-dev-<w32>', 'tvly-prod-<w32>']],
]

/** Slack, "Token types"; SendGrid, Mailgun, Brevo, Mandrill, Twitch, Meta, X, Linear, Notion, Typeform, Airtable, Contentful, Dropbox, intra.42: "API tokens" of each. */
const messaging: readonly Row[] = [
  [
    'slack_token',
    [
      'xoxb-<b16-250>',
      'xoxp-<b20-250>',
      'xoxa-<b16-250>',
      'xoxr-<b16-250>',
      'xoxs-<b20-250>',
      'xoxo-<b20-250>',
      'xoxc-<b20-250>',
      'xoxd-<p20-300>',
      'xoxe-<b50-250>',
      'xoxe.xoxp-<d1>-<b100-250>',
      'xoxe.xoxb-<d1>-<b100-250>',
      'xapp-<d1>-<b30-200>',
    ],
    { entropyMin: 2.8, triggerBytesMin: 3 },
  ],
  ['sendgrid_key', ['SG.<b22>.<b43>', 'SG.<V66>'], { entropyMin: 3.5 }],
  ['brevo_key', ['xkeysib-<h64>-<w16>', 'xsmtpsib-<h64>-<w16>']],
  ['resend_key', ['re_<w8>_<w24>', 're_<w30-34>'], likely],
  ['meta_token', ['EAA<w97-400>'], { entropyMin: 4 }],
  [
    'x_bearer_token',
    ['AAAAAAAAAAAAAAAAAAAAA<p80-110>'],
    // In a row of A, each begins the text: the fewer are compared the better.
    { entropyMin: 4, level: 'likely', literalBytesMax: 4 },
  ],
  ['linear_key', ['li|n_api_<w40>', 'li|n_oauth_<h64>']],
  ['notion_token', ['ntn_<d11><w35>', 'secr|et_<w43>']],
  ['typeform_token', ['tfp_<V59>']],
  ['contentful_token', ['CFPAT-<b43>']],
  ['dropbox_token', ['sl.<b130-152>', 'sl.u.<b100-1500>', 'sl.B<b100-200>']],
  ['intra42_secret', ['s-s4t2ud-<h64>', 's-s4t2af-<h64>']],
  ['ibm_cloud_key', ['A|piKey-<h8>-<h4>-<h4>-<h4>-<h12>'], likely],
]

const rows: readonly Row[] = [
  ...amazon,
  ...clouds,
  ...development,
  ...registries,
  ...operations,
  ...commerce,
  ...models,
  ...messaging,
]

export const providerTokens: readonly Detector[] = rows.map(([name, formats, options]) =>
  tokenDetector(name, formats, options),
)
